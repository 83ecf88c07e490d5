package dev.horae.train;

/**
 * The items that a step needs, each once: padding, candidates of the softmax in ascending order,
 * and behind them what is only looked up.
 *
 * @param items indices; the first is 0, padding
 * @param corrections what is added to the logits of padding and of each candidate: minus the
 *     logarithm of the probability that the item is one; as many as padding and candidates
 */
record ItemSample(long[] items, float[] corrections) {}
