// Preact as the pages see it. It and its hooks are classic scripts, because an import map would be
// an inline script, which the policy of the page forbids.
const { h: create, render } = window.preact;
const { useState, useEffect, useRef } = window.preactHooks;

const MARKUP = "dangerouslySetInnerHTML";

/** A node. Text is text: what would be parsed as markup is refused. */
export function h(type, props, ...children) {
  if (props && MARKUP in props) {
    throw new Error("Markup as text is never drawn");
  }
  return create(type, props, ...children);
}

/** `tags.p(props or null, ...children)`: one function per element. */
export const tags = new Proxy({}, {
  get: (known, tag) => (known[tag] ??= (props, ...children) => h(tag, props, ...children)),
});

/** The answer of `load(signal)`, asked for again when `inputs` change; a late answer is dropped. */
export function useLoad(load, inputs) {
  const [state, setState] = useState({ loading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState(before => ({ ...before, loading: true }));
    load(abort.signal).then(
      data => abort.signal.aborted || setState({ data }),
      problem => abort.signal.aborted || setState({ problem }));
    return () => abort.abort();
  }, [...inputs, turn]);
  return { ...state, reload: () => setTurn(n => n + 1) };
}

/** `attempt(work)` is a handler that does some work; `problem` is what went wrong with it. */
export function useAttempt(onFailure) {
  const [problem, setProblem] = useState(null);
  const attempt = work => async (...given) => {
    setProblem(null);
    try {
      await work(...given);
    } catch (wrong) {
      onFailure?.();
      setProblem(wrong);
    }
  };
  return [problem, attempt];
}

/** `value` once it has not changed for a while. */
export function useSettled(value, millis = 250) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), millis);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** Calls `tick` every so many seconds while the page can be seen. */
export function useEvery(seconds, tick) {
  const latest = useRef(tick);
  latest.current = tick;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || latest.current(), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
}

export { render, useState, useEffect, useRef };
