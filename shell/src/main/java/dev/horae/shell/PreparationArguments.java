package dev.horae.shell;

import dev.horae.config.InvalidValue;
import dev.horae.config.Names;
import dev.horae.prep.Column;
import dev.horae.prep.Cut;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.prep.PreparationBuilder;
import dev.horae.prep.PrepareOptions;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The options of {@code prepare}, on one machine or many: what is read, and by which rules. */
public final class PreparationArguments {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--events",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Who took what and when. Where times are equal, earlier rows stay first.")
  private List<String> events;

  @Option(
      names = "--items",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Titles, brands, categories and pictures of the items.")
  private List<String> items = List.of();

  @Option(
      names = "--images",
      paramLabel = "DIR",
      description = "The picture folder. Pictures are found by the catalogue's name or by item id.")
  private @Nullable Path images;

  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORMAT",
      converter = FormatName.class,
      description =
          "recbole: atomic files. amazon: reviews and metadata of 2014, 2018 or 2023. csv: comma,"
              + " semicolon or tab with a header. jsonl: one object per line. parquet. Text files"
              + " may be compressed: gzip, zip, bzip2, xz, zstd.")
  private Format format;

  @Option(
      names = "--separator",
      paramLabel = "TEXT",
      description =
          "What stands between the columns of a CSV file: one or more characters, such as '::', '|'"
              + " or tab. Found out by default.")
  private String separator = "";

  @Option(
      names = "--header",
      paramLabel = "NAMES",
      description =
          "The names of the columns of CSV files without a header line, such as"
              + " user,item,rating,time. A list without a user is for the items files.")
  private List<String> headers = List.of();

  @Option(
      names = "--encoding",
      paramLabel = "NAME",
      converter = EncodingName.class,
      description =
          "The encoding of text files without a byte order mark, such as windows-1252 or latin1."
              + " Default: UTF-8; UTF-16 is recognised.")
  private @Nullable Charset encoding;

  @Option(
      names = "--column",
      paramLabel = "WHAT=NAME",
      description =
          "Where to find user, item, time, title, brand, categories or image when the columns have"
              + " other names, such as user=customer. May be repeated; the first name that a file"
              + " has counts. Names are compared as they are written, then without case.")
  private List<String> columns = List.of();

  @Option(
      names = "--text-columns",
      paramLabel = "NAME",
      split = ",",
      description =
          "Further columns of the items files to keep, such as description,price: 'horae encode"
              + " --text-fields' can put them into the items' texts.")
  private List<String> textColumns = List.of();

  @Option(
      names = "--category-separator",
      paramLabel = "TEXT",
      defaultValue = "|",
      description =
          "What stands between the categories when they are one text, such as ' > '. Default:"
              + " ${DEFAULT-VALUE}.")
  private String categorySeparator;

  @Option(
      names = "--missing",
      paramLabel = "WORDS",
      split = ",",
      defaultValue = PrepareOptions.Cells.MISSING,
      description =
          "Words that stand for a missing value, whatever their case: rows without a user or an"
              + " item are refused, texts left empty. --missing '' takes every word as it stands."
              + " Default: ${DEFAULT-VALUE}.")
  private List<String> missing;

  @Option(
      names = "--min-user-events",
      paramLabel = "K",
      defaultValue = "5",
      description = "Drop users with fewer events, again and again. Default: ${DEFAULT-VALUE}.")
  private int minUserEvents;

  @Option(
      names = "--min-item-events",
      paramLabel = "K",
      defaultValue = "5",
      description = "Drop items with fewer events, again and again. Default: ${DEFAULT-VALUE}.")
  private int minItemEvents;

  @Option(
      names = "--duplicates",
      paramLabel = "remove|keep",
      converter = DuplicatesName.class,
      defaultValue = "remove",
      description =
          "What to do with a further event of the same user, item and time. Default:"
              + " ${DEFAULT-VALUE}.")
  private PrepareOptions.Duplicates duplicates;

  @Option(
      names = "--ties",
      paramLabel = "file|random",
      converter = TiesName.class,
      defaultValue = "file",
      description =
          "Order of a user's events that have the same time: that of the file, or drawn at random,"
              + " the same each time. Default: ${DEFAULT-VALUE}, as in the paper.")
  private PrepareOptions.Ties ties;

  @Option(
      names = "--split",
      paramLabel = "leave-one-out|time",
      converter = SplitName.class,
      defaultValue = "leave-one-out",
      description =
          "What is asked for in the test: the last event of every user, or, with --cut, the next"
              + " one from a moment on, before which everything is trained on. Default:"
              + " ${DEFAULT-VALUE}, as in the paper.")
  private SplitRule split;

  @Option(
      names = "--cut",
      paramLabel = "TIME|SHARE",
      description =
          "With --split time: the moment, such as 2014-01-01, or the share of all events that lies"
              + " before it, such as 0.9.")
  private @Nullable String cut;

  @Option(
      names = "--keep-cold",
      description =
          "Keep items of the catalogue that have no events (left), behind all others: 'horae"
              + " encode' gives them vectors. Without it they are left out.")
  private boolean keepCold;

  @Option(
      names = "--max-length",
      paramLabel = "L",
      defaultValue = "50",
      description = "Most events of a history that a model sees. Default: ${DEFAULT-VALUE}.")
  private int maxLength;

  @Option(
      names = "--max-rejects",
      paramLabel = "SHARE",
      defaultValue = "0.05",
      description =
          "Share of event rows, and of item rows, that may be unusable before the command fails."
              + " Default: ${DEFAULT-VALUE}.")
  private double maxRejects;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = PrepareOptions.DEFAULT_MEMORY,
      description =
          "Memory for sorting and joining; what needs more goes to disk. Default:"
              + " ${DEFAULT-VALUE}.")
  private String memory;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description =
          "The data set to write. An older one there is replaced; its features and their cache"
              + " stay.")
  private String out;

  /** {@return the files of events, as they are written} */
  public List<String> events() {
    return events;
  }

  /** {@return the files of items, as they are written} */
  public List<String> items() {
    return items;
  }

  /** {@return where the data set is to be, as it is written} */
  public String out() {
    return out;
  }

  /**
   * {@return what to prepare}
   *
   * @param events files on this machine
   * @param items likewise
   * @param out likewise
   * @throws ParameterException when a setting cannot be
   */
  public PrepareOptions options(List<Path> events, List<Path> items, Path out) {
    List<InvalidValue> refused = new ArrayList<>();
    return InvalidValue.collect(() -> made(events, items, out), refused)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    refused.stream()
                        .map(PreparationArguments::message)
                        .collect(Collectors.joining("\n"))));
  }

  private PrepareOptions made(List<Path> events, List<Path> items, Path out) {
    PreparationBuilder preparation =
        Preparation.of(format, events.toArray(Path[]::new))
            .items(items.toArray(Path[]::new))
            .textColumns(textColumns)
            .text(text())
            .cells(new PrepareOptions.Cells(missing, categorySeparator))
            .protocol(
                new PrepareOptions.Protocol(
                    minUserEvents,
                    minItemEvents,
                    duplicates,
                    ties,
                    keepCold,
                    maxLength,
                    maxRejects,
                    cut()))
            .memory(memory);
    if (images != null) {
      preparation.images(images);
    }
    columnNames()
        .forEach((column, names) -> names.forEach(name -> preparation.column(column, name)));
    return preparation.options(out);
  }

  /** {@return what is wrong with a flag} */
  private static String message(InvalidValue refused) {
    return "--%s %s %s; %s"
        .formatted(
            refused.key().replace('_', '-'), refused.value(), refused.problem(), refused.fix());
  }

  private Optional<Cut> cut() {
    if (split == SplitRule.TIME && cut == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--split time lacks --cut: write a moment such as 2014-01-01, or the share of the events"
              + " that lies before it, such as 0.9");
    }
    if (split != SplitRule.TIME && cut != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--cut " + cut + " is for a split by time; add --split time, or leave --cut out");
    }
    return Optional.ofNullable(cut).map(Cut::new);
  }

  private PrepareOptions.Text text() {
    String characters =
        separator.equalsIgnoreCase("tab") || separator.equals("\\t") ? "\t" : separator;
    List<List<String>> names = headers.stream().map(list -> List.of(list.split(",", -1))).toList();
    return new PrepareOptions.Text(characters, names, Optional.ofNullable(encoding));
  }

  private Map<Column, List<String>> columnNames() {
    Map<Column, List<String>> names = new EnumMap<>(Column.class);
    for (String mapping : columns) {
      int equals = mapping.indexOf('=');
      String what = mapping.substring(0, Math.max(equals, 0)).toUpperCase(Locale.ROOT);
      Column column =
          Arrays.stream(Column.values())
              .filter(known -> known.name().equals(what) && equals < mapping.length() - 1)
              .findFirst()
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "--column "
                              + mapping
                              + " is not WHAT=NAME; WHAT is user, item, time, title, brand,"
                              + " categories or image"));
      names.computeIfAbsent(column, key -> new ArrayList<>()).add(mapping.substring(equals + 1));
    }
    return names;
  }

  /** What {@code --split} chooses from. */
  private enum SplitRule {
    LEAVE_ONE_OUT,
    TIME
  }

  private static <E extends Enum<E>> E named(E[] values, String name) {
    for (E value : values) {
      if (word(value).equalsIgnoreCase(name)) {
        return value;
      }
    }
    throw new TypeConversionException(
        "'%s' is not one of %s"
            .formatted(
                name,
                Arrays.stream(values)
                    .map(PreparationArguments::word)
                    .collect(Collectors.joining(", "))));
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static final class EncodingName implements ITypeConverter<Charset> {
    @Override
    public Charset convert(String name) {
      try {
        return Charset.forName(name);
      } catch (IllegalArgumentException e) {
        Set<String> known = new TreeSet<>();
        for (Charset charset : Charset.availableCharsets().values()) {
          known.add(charset.name().toLowerCase(Locale.ROOT));
          charset.aliases().forEach(alias -> known.add(alias.toLowerCase(Locale.ROOT)));
        }
        throw new TypeConversionException(
            "'%s' is no encoding; %s"
                .formatted(
                    name,
                    Names.nearest(name.toLowerCase(Locale.ROOT), known)
                        .map(near -> "did you mean '" + near + "'?")
                        .orElse("write one such as utf-8, windows-1252, latin1 or utf-16")));
      }
    }
  }

  private static final class FormatName implements ITypeConverter<Format> {
    @Override
    public Format convert(String name) {
      return named(Format.values(), name);
    }
  }

  private static final class TiesName implements ITypeConverter<PrepareOptions.Ties> {
    @Override
    public PrepareOptions.Ties convert(String name) {
      return named(PrepareOptions.Ties.values(), name);
    }
  }

  private static final class SplitName implements ITypeConverter<SplitRule> {
    @Override
    public SplitRule convert(String name) {
      return named(SplitRule.values(), name);
    }
  }

  private static final class DuplicatesName implements ITypeConverter<PrepareOptions.Duplicates> {
    @Override
    public PrepareOptions.Duplicates convert(String name) {
      return named(PrepareOptions.Duplicates.values(), name);
    }
  }
}
