package dev.horae.shell;

/**
 * What a signal that ends the process leaves on the terminal: one line, how to go on. Everything
 * else falls silent, for what fails from then on fails because of the signal.
 */
public final class Stopping {

  /** There is nothing to go on with. */
  public static final String PLAIN = "stopped";

  public static final String AGAIN = "stopped; the same command goes on from where it was";

  private static volatile String hint = PLAIN;
  private static volatile boolean finished;

  private Stopping() {}

  /** Called once, at the start of the process. */
  public static void install() {
    Runtime.getRuntime().addShutdownHook(new Thread(Stopping::say, "horae-stopping"));
  }

  /** What is said should the process be stopped from now on. */
  public static void hint(String text) {
    hint = text;
  }

  /**
   * The verb is at its end: there is nothing to go on with. One that ends because the process does
   * has not finished: other hooks may have stopped it before {@link #say} came to speak.
   */
  public static void finished() {
    finished = !underway();
  }

  /** {@return whether the process is about to end} */
  public static boolean underway() {
    Thread probe = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(probe);
      return !Runtime.getRuntime().removeShutdownHook(probe);
    } catch (IllegalStateException e) { // it says "Shutdown in progress"
      return true;
    }
  }

  private static void say() {
    if (finished) {
      return;
    }
    Console.close();
    System.err.println(hint);
  }
}
