package dev.horae.prep;

import dev.horae.data.Progress;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/** Runs the numbered steps and says how far they are. */
final class Steps {

  private static final int ALL = 9;

  private final Connection connection;
  private final Progress progress;
  private int done;

  Steps(Connection connection, Progress progress) {
    this.connection = connection;
    this.progress = progress;
  }

  Connection connection() {
    return connection;
  }

  Progress progress() {
    return progress;
  }

  /** Begins a step. */
  void begin(String what) {
    progress.at("prepare", done++, ALL, what);
  }

  /** Says more of the step that was begun last. */
  void goOn(String what) {
    progress.at("prepare", done, ALL, what);
  }

  void run(String name, String what, Map<String, ?> values) throws SQLException {
    begin(what);
    Sql.run(connection, name, values);
  }

  void end() {
    progress.at("prepare", ALL, ALL, "done");
  }
}
