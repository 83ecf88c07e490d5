package dev.horae.filter;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * How long an evaluation may take: time of the processor, so that what is cheap is not refused
 * where the machine is busy with other things. Belongs to the thread that made it.
 */
final class TimeLimit {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final long end; // of the thread's time
  private long look; // when to ask for the thread's time, which takes longer than the clock's

  TimeLimit(long nanos) {
    end = ofThread() + nanos;
    look = System.nanoTime() + nanos;
  }

  boolean isOver() {
    long now = System.nanoTime();
    if (now < look) {
      return false;
    }
    long left = end - ofThread();
    look = now + left;
    return left <= 0;
  }

  /** {@return nanoseconds; those of the clock where a thread's are not measured} */
  private static long ofThread() {
    try {
      long nanos = THREADS.getCurrentThreadCpuTime();
      return nanos < 0 ? System.nanoTime() : nanos;
    } catch (UnsupportedOperationException e) { // of a virtual thread
      return System.nanoTime();
    }
  }
}
