package dev.horae.store;

import dev.horae.data.DataException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a PostgreSQL database is. What it is printed as has no password. */
final class PostgresAddress {

  static final String FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE";

  private static final Pattern ADDRESS =
      Pattern.compile("postgresql://(?:([^:@/]*)(?::(.*))?@)?([^@/?]+)/([^/?]+)(?:\\?(.*))?");

  private static final Pattern SCHEMA = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private static final String DEFAULT_SCHEMA = "horae";

  private final String place;
  private final Properties properties = new Properties();

  private PostgresAddress(String place) {
    this.place = place;
  }

  /**
   * Reads an address; what stands after "?" goes to the driver. Reserved characters of the user and
   * the password are written as in any URL, "%40" for "@".
   */
  static PostgresAddress parse(String address) {
    Matcher parts = ADDRESS.matcher(address);
    if (!parts.matches()) {
      throw new DataException(
          "the store \"" + withoutPassword(address) + "\" is not of the form " + FORM);
    }
    PostgresAddress parsed = new PostgresAddress(parts.group(3) + "/" + parts.group(4));
    Properties properties = parsed.properties;
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("socketTimeout", "60");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("ApplicationName", "horae");
    properties.setProperty("currentSchema", DEFAULT_SCHEMA);
    if (parts.group(1) != null) {
      properties.setProperty("user", decoded(parts.group(1)));
    }
    if (parts.group(2) != null) {
      properties.setProperty("password", decoded(parts.group(2)));
    }
    if (parts.group(5) != null) {
      for (String parameter : parts.group(5).split("&")) {
        String[] sides = parameter.split("=", 2);
        properties.setProperty(sides[0], sides.length == 1 ? "" : decoded(sides[1]));
      }
    }
    properties.setProperty("reWriteBatchedInserts", "false"); // it does not say which rows are new
    if (!SCHEMA.matcher(parsed.schema()).matches()) {
      throw new DataException(
          "the store "
              + parsed
              + ": currentSchema="
              + parsed.schema()
              + " is no name of a schema; write letters, digits and _");
    }
    return parsed;
  }

  /** {@return the address, fit for a message} */
  static String withoutPassword(String address) {
    return address.replaceFirst("//.*@", "//…@").replaceFirst("\\?.*", "");
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new DataException(
          "the address of the store has a \"%\" that is no code; write \"%25\" for \"%\"", e);
    }
  }

  String url() {
    return "jdbc:postgresql://" + place;
  }

  Properties properties() {
    return properties;
  }

  /** {@return the schema that has the tables} */
  String schema() {
    return properties.getProperty("currentSchema");
  }

  /** {@return the address for PostgreSQL's own tools, which ask for the password} */
  String withoutParameters() {
    String user = properties.getProperty("user");
    return "postgresql://" + (user == null ? "" : user + "@") + place;
  }

  @Override
  public String toString() {
    return "postgresql://" + place;
  }
}
