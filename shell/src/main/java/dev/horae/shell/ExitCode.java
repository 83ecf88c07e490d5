package dev.horae.shell;

/** How a command line ends when all is not done, which is 0; its help lists them. */
public final class ExitCode {

  /** A bug, or the machine. */
  public static final int FAULT = 1;

  /** Usage or configuration. */
  public static final int USAGE = 2;

  public static final int DATA = 3;

  /** Weights or divergence; of many runs, at least one that failed. */
  public static final int FAILED = 4;

  private ExitCode() {}
}
