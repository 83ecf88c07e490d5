package dev.horae.spark;

import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import java.io.IOException;
import java.io.Serializable;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file to be read, on any file system that Hadoop knows.
 *
 * @param name as the user calls it
 * @param uri with the file system
 * @param modified milliseconds since 1970, as the file system says
 */
record InputFile(String name, String uri, long bytes, long modified) implements Serializable {

  private static final Pattern DATE = Pattern.compile("(?:^|/)date=([^/]*)(?=/|$)");

  Path path() {
    return new Path(uri);
  }

  /** {@return its path where it is a file of this machine's; null elsewhere} */
  java.nio.file.@Nullable Path local() {
    return local(path());
  }

  static java.nio.file.@Nullable Path local(Path path) {
    String scheme = path.toUri().getScheme();
    return scheme == null || scheme.equals("file")
        ? java.nio.file.Path.of(path.toUri().getPath())
        : null;
  }

  /**
   * {@return the files that are meant, in the order of {@code names}, those of a folder by their
   * paths}
   *
   * @param names of files; of folders, for all files below them whose names, and those of the
   *     folders on the way, do not begin with a dot or an underscore; or patterns of Hadoop's
   * @param dates which folders {@code date=YYYY-MM-DD} are meant
   * @throws DataException when a name means nothing or a file has no date that could be chosen
   */
  static List<InputFile> of(Configuration conf, List<String> names, Dates dates) {
    List<InputFile> files = new ArrayList<>();
    for (String name : names) {
      int before = files.size();
      try {
        Path path = new Path(name);
        FileSystem system = path.getFileSystem(conf);
        if (system.exists(path)) {
          add(system, system.getFileStatus(path), name, dates, files);
        } else {
          FileStatus[] found = system.globStatus(path);
          for (FileStatus one : found == null ? new FileStatus[0] : found) {
            add(system, one, shown(one.getPath()), dates, files);
          }
        }
      } catch (IOException | IllegalArgumentException e) {
        throw new DataException(name + ": cannot be listed (" + Reasons.of(e) + ")", e);
      }
      if (files.size() == before) {
        throw new DataException(
            name + ": is no file, and no folder or pattern with files in it" + dates.hint());
      }
    }
    requireDifferent(files);
    return files;
  }

  /** Events that are read twice are two events of each where they carry no time. */
  private static void requireDifferent(List<InputFile> files) {
    Map<String, InputFile> known = new HashMap<>();
    for (InputFile file : files) {
      InputFile before = known.putIfAbsent(file.uri, file);
      if (before != null) {
        throw new DataException(
            file.name.equals(before.name)
                ? file.name + ": is meant by two of the names that were given; name it once"
                : file.name + ": is the same file as " + before.name + "; name it once");
      }
    }
  }

  private static void add(
      FileSystem system, FileStatus status, String name, Dates dates, List<InputFile> files)
      throws IOException {
    Path path = system.makeQualified(status.getPath());
    if (!dates.mayHold(path.toUri().getPath())) {
      return;
    }
    if (status.isDirectory()) {
      FileStatus[] below = system.listStatus(path);
      Arrays.sort(below, Comparator.comparing(one -> one.getPath().getName()));
      for (FileStatus one : below) {
        String last = one.getPath().getName();
        if (!last.startsWith("_") && !last.startsWith(".")) {
          add(system, one, name.replaceFirst("/$", "") + "/" + last, dates, files);
        }
      }
      return;
    }
    dates.require(name, path.toUri().getPath());
    files.add(new InputFile(name, path.toString(), status.getLen(), status.getModificationTime()));
  }

  private static String shown(Path path) {
    java.nio.file.Path local = local(path);
    return local == null ? path.toString() : local.toString();
  }

  /**
   * Which days are read of what is laid out in folders {@code date=YYYY-MM-DD}.
   *
   * @param from the first day; empty for all before {@code to}
   * @param to the last day, which is read too
   */
  record Dates(Optional<LocalDate> from, Optional<LocalDate> to) {

    static final Dates ALL = new Dates(Optional.empty(), Optional.empty());

    private boolean areAll() {
      return from.isEmpty() && to.isEmpty();
    }

    /** Whether the path has no date yet or one that is meant. */
    private boolean mayHold(String path) {
      Matcher date = DATE.matcher(path);
      if (areAll() || !date.find()) {
        return true;
      }
      LocalDate day = day(path, date.group(1));
      return from.map(first -> !day.isBefore(first)).orElse(true)
          && to.map(last -> !day.isAfter(last)).orElse(true);
    }

    private static LocalDate day(String path, String date) {
      try {
        return LocalDate.parse(date);
      } catch (DateTimeParseException e) {
        throw new DataException(
            path
                + ": date="
                + date
                + " is no day, so ``from`` and ``to`` cannot choose it; name folders such as"
                + " date=2024-01-31",
            e);
      }
    }

    private void require(String name, String path) {
      if (!areAll() && !DATE.matcher(path).find()) {
        throw new DataException(
            name
                + ": lies in no folder date=YYYY-MM-DD, so ``from`` and ``to`` cannot choose it;"
                + " leave them out, or lay the files out by date");
      }
    }

    private String hint() {
      return areAll()
          ? "; check the path"
          : "; check the path, or choose other dates with ``from`` and ``to``";
    }
  }
}
