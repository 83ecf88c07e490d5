package dev.horae.model;

import static dev.horae.model.HoraeCounting.LONGEST;
import static dev.horae.model.HoraeCounting.REACH;

import dev.horae.data.Histories;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What events say of items, for {@link Horae}, but for their times. All are sums, to which {@link
 * #add} adds an event; one thread at a time may. Others read what it leaves, and wait for nothing.
 */
final class HoraeCounts {

  private static final int PROMPT = 1000; // events; an item of more hardly feels one more

  private int users;
  private int[][] taken; // items of each user, oldest first; with room for more users
  private int[][] newest; // different items of each user, newest first; likewise
  private final int[][] takers; // the user of each event of an item, ascending
  private final int[][] places; // of these events among the user's
  private final double[] squares; // of each item: the sum of what its users are worth

  /** How many users have an item among their {@link HoraeCounting#newest}; [N + 1]. */
  final float[] popularity;

  /** What makes {@link #together} a cosine; [N + 1]. */
  final float[] inverseNorms;

  /** How soon and often b followed a: the sum of 1/steps, rows add up to 1 before they are cut. */
  final HoraeRows followers;

  /**
   * The users who took both, each worth 1/sqrt(items of the user + 1); times the inverse norms of
   * both items it is a cosine.
   */
  final HoraeRows together;

  /**
   * @param items N, cold ones included
   */
  HoraeCounts(Histories training, int items) {
    int rows = items + 1;
    users = training.users();
    taken = new int[users][];
    newest = new int[users][];
    takers = new int[rows][];
    places = new int[rows][];
    squares = new double[rows];
    popularity = new float[rows];
    inverseNorms = new float[rows];
    int[] uses = new int[rows];
    for (int item : training.items()) {
      uses[item]++;
    }
    for (int i = 0; i < rows; i++) {
      takers[i] = new int[uses[i]];
      places[i] = new int[uses[i]];
    }
    for (int u = users - 1; u >= 0; u--) { // backwards, as uses are counted down
      int start = training.starts()[u];
      taken[u] = Arrays.copyOfRange(training.items(), start, training.starts()[u + 1]);
      for (int e = taken[u].length - 1; e >= 0; e--) {
        int item = taken[u][e];
        takers[item][--uses[item]] = u;
        places[item][uses[item]] = e;
      }
      newest[u] = HoraeCounting.newest(taken[u]);
      addSquares(newest[u], 1);
      for (int item : newest[u]) {
        popularity[item]++;
      }
    }
    for (int i = 0; i < rows; i++) {
      inverseNorms[i] = inverseNorm(i);
    }
    followers = HoraeRows.of(rows, this::addFollowers, this);
    together = HoraeRows.of(inverseNorms, this::addTogether, this);
  }

  /**
   * Counts one more event, and outdates the rows that change.
   *
   * @param user one more than there are is a new one
   * @return the items whose popularity changes: this one, and one that is no longer paired with it
   */
  int[] add(int user, int item) {
    if (user == users) {
      if (user == taken.length) {
        taken = Arrays.copyOf(taken, 2 * user + 1);
        newest = Arrays.copyOf(newest, 2 * user + 1);
      }
      taken[user] = new int[0];
      newest[user] = new int[0];
      users++;
    }
    int at = behind(takers[item], user);
    takers[item] = insert(takers[item], at, user);
    places[item] = insert(places[item], at, taken[user].length);
    int reached = Math.max(0, taken[user].length - REACH);
    Arrays.stream(taken[user], reached, taken[user].length).forEach(followers::outdate);
    taken[user] = insert(taken[user], taken[user].length, item);
    int[] before = newest[user];
    newest[user] = inFront(item, before);
    addSquares(before, -1);
    addSquares(newest[user], 1);
    boolean isNew = !contains(before, item);
    popularity[item] += isNew ? 1 : 0; // once, as others read it meanwhile
    IntStream.concat(Arrays.stream(before), IntStream.of(item))
        .forEach(
            other -> {
              inverseNorms[other] = inverseNorm(other);
              together.outdate(other);
            });
    if (isNew && before.length == LONGEST) {
      int oldest = before[LONGEST - 1];
      popularity[oldest]--;
      return new int[] {item, oldest};
    }
    return new int[] {item};
  }

  /**
   * Makes the outdated rows anew, but for those of items with very many events.
   *
   * @param renewed gets the items whose users were counted anew
   */
  void renew(IntConsumer renewed, HoraeRows.Sums sums) {
    IntPredicate prompt = item -> takers[item].length <= PROMPT;
    followers.renew(prompt, item -> {}, sums);
    together.renew(prompt, renewed, sums);
  }

  /** {@return how many users there are} */
  int users() {
    return users;
  }

  /** {@return where the values greater than {@code value} begin} */
  private static int behind(int[] ascending, int value) {
    int found = Arrays.binarySearch(ascending, value);
    int at = found < 0 ? -found - 1 : found;
    while (at < ascending.length && ascending[at] == value) {
      at++;
    }
    return at;
  }

  private static int[] insert(int[] values, int at, int value) {
    int[] longer = Arrays.copyOf(values, values.length + 1);
    System.arraycopy(values, at, longer, at + 1, values.length - at);
    longer[at] = value;
    return longer;
  }

  /** {@return the different items with {@code item} as the newest, the oldest left out} */
  private static int[] inFront(int item, int[] different) {
    return IntStream.concat(
            IntStream.of(item), Arrays.stream(different).filter(other -> other != item))
        .limit(LONGEST)
        .toArray();
  }

  private void addFollowers(int item, HoraeRows.Sums sums) {
    double total = 0;
    for (int t = 0; t < takers[item].length; t++) {
      int[] events = taken[takers[item][t]];
      int last = Math.min(events.length - 1, places[item][t] + REACH);
      for (int e = places[item][t] + 1; e <= last; e++) {
        double near = HoraeCounting.near(e - places[item][t]);
        sums.add(events[e], (float) near);
        total += near;
      }
    }
    sums.multiply(HoraeCounting.inverseTotal(total));
  }

  private void addTogether(int item, HoraeRows.Sums sums) {
    int last = -1;
    for (int user : takers[item]) {
      if (user != last && contains(newest[user], item)) { // once per user
        for (int other : newest[user]) {
          if (other != item) {
            sums.add(other, HoraeCounting.worth(newest[user].length));
          }
        }
      }
      last = user;
    }
  }

  private static boolean contains(int[] items, int item) {
    for (int other : items) {
      if (other == item) {
        return true;
      }
    }
    return false;
  }

  /**
   * @param times 1 to count a user, -1 to forget him
   */
  private void addSquares(int[] different, int times) {
    for (int item : different) {
      squares[item] += times * (double) HoraeCounting.worth(different.length);
    }
  }

  private float inverseNorm(int item) {
    return HoraeCounting.inverseNorm(squares[item]);
  }
}
