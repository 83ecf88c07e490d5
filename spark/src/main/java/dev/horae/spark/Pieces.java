package dev.horae.spark;

import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Event;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;

/** What a run's model makes of the histories of a partition, one row each, some at a time. */
final class Pieces implements Iterator<Row> {

  /** The model's work on some histories. */
  interface Work {
    /**
     * @param users of any type
     * @return a row per history, in their order
     */
    List<Row> rows(Recommender recommender, List<Object> users, List<List<Event>> histories);
  }

  private final Iterator<Row> histories;
  private final SharedDirectory run;
  private final int top;
  private final Work work;
  private Iterator<Row> made = Collections.emptyIterator();

  /**
   * @param histories rows of {@link Histories}
   * @param top how large an answer is, in items
   */
  Pieces(Iterator<Row> histories, SharedDirectory run, int top, Work work) {
    this.histories = histories;
    this.run = run;
    this.top = top;
    this.work = work;
  }

  @Override
  public boolean hasNext() {
    return made.hasNext() || histories.hasNext();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (!made.hasNext()) {
      made = Executor.computing(this::piece).iterator();
    }
    return made.next();
  }

  private List<Row> piece() {
    Recommender recommender = Executor.recommender(run);
    List<Object> users = new ArrayList<>();
    List<List<Event>> events = new ArrayList<>();
    for (int size = recommender.atOnce(top); size > 0 && histories.hasNext(); size--) {
      Row row = histories.next();
      users.add(row.get(0));
      events.add(Histories.events(row));
    }
    return work.rows(recommender, users, events);
  }
}
