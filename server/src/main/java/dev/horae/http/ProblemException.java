package dev.horae.http;

import org.jspecify.annotations.Nullable;

/** Ends a request with a {@link Problem}. Many are thrown under load, so it has no stack trace. */
public final class ProblemException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient @Nullable Problem problem;

  ProblemException(Problem problem) {
    super(problem.detail(), null, false, false);
    this.problem = problem;
  }

  public Problem problem() {
    return problem == null
        ? Problem.of(Problem.Kind.INTERNAL, String.valueOf(getMessage()), null)
        : problem;
  }
}
