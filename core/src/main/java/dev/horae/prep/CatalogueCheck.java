package dev.horae.prep;

import dev.horae.data.DataException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whether the catalogue and the picture folder are those of the events: the same ids, written
 * alike. Refuses those of which nothing belongs to any item, and warns of the rest.
 */
final class CatalogueCheck {

  /** Below this share of the items the two sides hardly belong together. */
  private static final double FEW = 0.1;

  /** A difference that explains this share of the items without a partner is worth a sentence. */
  private static final double MANY = 0.5;

  /**
   * A difference of writing.
   *
   * @param sql the form in which it vanishes
   * @param daring whether it may join what does not belong together, so that only many count
   */
  private record Form(String name, String sql, boolean daring) {}

  /** Where two explain as many ids, the first is named. */
  private static final List<Form> FORMS =
      List.of(
          new Form("the encoding of accented letters", "nfc_normalize(id)", false),
          new Form("upper and lower case", "lower(id)", false),
          new Form("leading zeros", "regexp_replace(id, '^0+([0-9])', '\\1')", false),
          new Form("'.0' at the end", "regexp_replace(id, '[.]0+$', '')", false),
          new Form("quotation marks", "trim(id, '\"''`')", false),
          new Form(
              "blanks or punctuation within", "regexp_replace(id, '[^\\pL\\pN]', '', 'g')", false),
          new Form(
              "what stands before the last of : / _ # - |",
              "regexp_replace(id, '^.*[:/_#|-]', '')",
              true),
          new Form("letters before the number", "regexp_extract(id, '^[^0-9]*([0-9]+)$', 1)", true),
          new Form("an ending after a point", "regexp_replace(id, '[.][A-Za-z0-9]+$', '')", true));

  /** An entity of HTML, whose end separates nothing. */
  private static final String ENTITY = "(&#?[A-Za-z0-9]{2,});";

  /** What stands between categories in one text, entities without their end. */
  private static final List<String> SEPARATORS =
      Stream.of("[-=]*(?:>|&gt)+", "[|]+", ";", ",", "/+", "»+", "›+")
          .map(mark -> "\\S( *" + mark + " *)\\S")
          .toList();

  private final Connection connection;
  private final PrepareOptions.Sources sources;
  private final List<String> warnings = new ArrayList<>();

  CatalogueCheck(Connection connection, PrepareOptions.Sources sources) {
    this.connection = connection;
    this.sources = sources;
  }

  /** {@return a sentence each, about {@code item}, {@code described} and {@code picture}} */
  List<String> warnings() throws SQLException {
    if (!sources.items().isEmpty()) {
      checkIds();
      checkCategories();
    }
    if (sources.images().isPresent()) {
      checkPictures();
    }
    return warnings;
  }

  private void checkIds() throws SQLException {
    long items = Sql.number(connection, "SELECT count(*) FROM item");
    long found = Sql.number(connection, "SELECT count(*) FROM item WHERE described");
    if (found == items) {
      return;
    }
    Difference difference =
        difference(
            "SELECT id FROM item WHERE NOT described ORDER BY item",
            "SELECT item_id AS id FROM described ANTI JOIN item ON item.id = item_id");
    String said =
        "%s of the %s items of the events %s in the catalogue: the events have %s, the catalogue has %s"
            .formatted(
                found == 0 ? "none" : "only " + whole(found),
                whole(items),
                found == 1 ? "is" : "are",
                difference.ours,
                difference.theirs);
    String repair =
        difference.name.isEmpty()
            ? "; if they should be the same ids, name their column with ``column`` item=NAME"
            : "; they differ by " + difference.name + ": write the ids alike in both files";
    if (found == 0) {
      throw new DataException("items: " + said + repair);
    }
    if (found < FEW * items || difference.explains(MANY)) {
      warnings.add(said + repair);
    }
  }

  private void checkPictures() throws SQLException {
    String folder = sources.images().orElseThrow().toString();
    long items = Sql.number(connection, "SELECT count(*) FROM item");
    long pictures = Sql.number(connection, "SELECT count(*) FROM picture");
    String local = "NOT image_missing AND NOT image_not_found";
    long found = Sql.number(connection, "SELECT count(*) FROM item WHERE " + local);
    boolean fetched =
        Sql.number(connection, "SELECT count(*) FROM item WHERE NOT image_missing") > found;
    if (pictures == 0) {
      if (!fetched) {
        throw new DataException(folder + ": holds no pictures; correct ``images``");
      }
      warnings.add(folder + ": holds no pictures");
      return;
    }
    warnOfAmbiguous(folder);
    if (found >= FEW * items) {
      return;
    }
    Difference difference =
        difference(
            "SELECT id FROM item WHERE NOT (" + local + ") ORDER BY item",
            "SELECT trim(stem) AS id FROM picture ANTI JOIN item ON item.id = trim(stem)");
    String said =
        "%s: %s of the %s items of the events %s a picture here: a picture is called %s, an item %s%s%s"
            .formatted(
                folder,
                found == 0 ? "none" : "only " + whole(found),
                whole(items),
                found == 1 ? "has" : "have",
                difference.theirs,
                difference.ours,
                named(),
                difference.name.isEmpty()
                    ? "; call the pictures by the ids of the items, or as the catalogue does"
                    : "; they differ by " + difference.name + ": call the pictures by the ids");
    if (found == 0 && !fetched) {
      throw new DataException(said);
    }
    warnings.add(said);
  }

  /** {@return what the catalogue calls a picture that is not here; empty where it names none} */
  private String named() throws SQLException {
    String query =
        "SELECT first(image ORDER BY item, number) FROM named_picture WHERE NOT is_address AND path IS NULL";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1) == null
          ? ""
          : ", and the catalogue names pictures such as " + row.getString(1);
    }
  }

  private void warnOfAmbiguous(String folder) throws SQLException {
    String query =
        """
        SELECT count(DISTINCT item), first(image ORDER BY item, number)
        FROM named_picture JOIN item USING (item) WHERE is_ambiguous AND image_not_found
        """;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      if (row.getLong(1) > 0) {
        warnings.add(
            "%s: the name that the catalogue gives the picture of %s, such as %s, may be that of several: none is taken; name each picture by its path in the folder"
                .formatted(
                    folder,
                    row.getLong(1) == 1 ? "1 item" : whole(row.getLong(1)) + " items",
                    row.getString(2)));
      }
    }
  }

  /** Texts that hold several categories, as the separator within them shows. */
  private void checkCategories() throws SQLException {
    long categorised =
        Sql.number(connection, "SELECT count(*) FROM item WHERE len(categories) > 0");
    for (String separator : SEPARATORS) {
      String query =
          "SELECT count(*), first(categories[1] ORDER BY item) FROM item"
              + " WHERE len(categories) = 1 AND regexp_matches(%s, %s)"
                  .formatted(
                      "regexp_replace(categories[1], '" + ENTITY + "', '\\1', 'g')",
                      Sql.quote(separator));
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(query)) {
        row.next();
        if (row.getLong(1) >= FEW * categorised && row.getLong(1) > 0) {
          String example = row.getString(2);
          Matcher found = Pattern.compile(separator).matcher(example.replaceAll(ENTITY, "$1"));
          String between = found.find() ? found.group(1).replace("&gt", "&gt;") : "";
          warnings.add(
              "%s have one category with '%s' in it, such as '%s': if those are several, name what stands between them, as in ``categorySeparator`` '%s'"
                  .formatted(
                      row.getLong(1) == 1 ? "1 item may" : whole(row.getLong(1)) + " items",
                      between.strip(),
                      example,
                      between));
        }
      }
    }
  }

  /**
   * The difference of writing that explains most of the ids that have no partner.
   *
   * @param name empty when none does
   * @param ours an id of the events; with a name, one that differs by it from {@code theirs}
   */
  private record Difference(
      String name, boolean daring, long explained, long of, String ours, String theirs) {

    boolean explains(double share) {
      return !name.isEmpty() && explained >= share * of && (!daring || explained >= 10);
    }
  }

  /** Looks at the first ten thousand ids of ours. */
  private Difference difference(String ours, String theirs) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE OR REPLACE TEMP TABLE ours AS FROM ("
              + ours
              + ") LIMIT 10000;"
              + " CREATE OR REPLACE TEMP TABLE theirs AS FROM ("
              + theirs
              + ")");
    }
    long of = Sql.number(connection, "SELECT count(*) FROM ours");
    Difference best = new Difference("", false, 0, of, one("ours"), one("theirs"));
    for (Form form : FORMS) {
      Difference found = join(form, of);
      if (found.explained > best.explained) {
        best = found;
      }
    }
    return best;
  }

  private String one(String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT min(id) FROM " + table)) {
      row.next();
      return row.getString(1) == null ? "nothing" : row.getString(1);
    }
  }

  private Difference join(Form form, long of) throws SQLException {
    String query =
        """
        WITH mine AS (SELECT id, %1$s AS form FROM ours),
        other AS (SELECT min(id) AS id, %1$s AS form FROM theirs GROUP BY form)
        SELECT count(*), min(mine.id), min_by(other.id, mine.id)
        FROM mine JOIN other USING (form) WHERE form <> ''
        """
            .formatted(form.sql);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return new Difference(
          form.name, form.daring, row.getLong(1), of, row.getString(2), row.getString(3));
    }
  }

  private static String whole(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
