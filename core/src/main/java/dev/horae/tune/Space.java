package dev.horae.tune;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigWriter;
import dev.horae.config.ValueLists;
import dev.horae.data.Resources;
import dev.horae.run.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * The settings that are searched: every combination of the values of some keys. A point of it is
 * the place of one value per axis, from 0.
 */
public record Space(List<Axis> axes) {

  private static final String FOLDER = "/dev/horae/spaces/";

  /** Models whose paper, or whose official code, says what was searched; each has a file. */
  static final List<String> DOCUMENTED =
      List.of(
          "core",
          "dif-sr",
          "fearec",
          "gru4rec",
          "hm4sr",
          "lrurec",
          "sasrec",
          "tedrec",
          "ticoserec",
          "unisrec");

  private static final String OTHER = "is set by the search";
  private static final String BUDGET = "decides how long is trained, not what";

  private static final Map<String, String> DECIDED =
      Map.of(
          "seed", OTHER,
          "tie_seed", OTHER,
          "data", OTHER,
          "model.type", OTHER,
          "device", "decides where is trained, not what",
          "train.workers", "decides where is trained, not what",
          "train.tensorboard", "decides what is shown, not what is trained",
          "train.epochs", BUDGET,
          "train.patience", BUDGET);

  public Space {
    axes = List.copyOf(axes);
  }

  /**
   * The values of one key, as settings spell them.
   *
   * @param values at least one
   */
  public record Axis(String key, List<String> values) {
    public Axis {
      values = List.copyOf(values);
    }

    /** {@return whether the values are numbers, so that neighbours are alike} */
    boolean numeric() {
      return values.stream().allMatch(value -> number(value).isPresent());
    }

    static Optional<Double> number(String text) {
      try {
        return Optional.of(Double.valueOf(text));
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }

    /** {@return the axis with a value more, in the order of numbers, or in front} */
    private Axis with(String value) {
      if (values.contains(value)) {
        return this;
      }
      List<String> all = new ArrayList<>(List.of(value));
      all.addAll(values);
      Axis more = new Axis(key, all);
      if (more.numeric()) {
        all.sort(Comparator.comparingDouble(Double::parseDouble));
      }
      return new Axis(key, all);
    }
  }

  /**
   * Reads a file such as {@code model: {dropout: [0.2, 0.5]}}, see {@link ValueLists}.
   *
   * @param base the settings around it
   * @throws ConfigException naming everything wrong in it
   */
  public static Space read(Path file, RunConfig base) {
    return of(ValueLists.read(file, base, DECIDED));
  }

  /**
   * {@return what the paper or the official code of a model searched}
   *
   * @throws ConfigException where neither says it
   */
  public static Space ofPaper(RunConfig base) {
    String model = base.model().name();
    if (!DOCUMENTED.contains(model)) {
      throw new ConfigException(
          "``space`` paper: neither the paper nor the official code of "
              + model
              + " says which values were searched; give a file with such values (there are"
              + " spaces of "
              + String.join(", ", DOCUMENTED)
              + ")");
    }
    String file = model + ".yaml";
    String text = Resources.text(Space.class, FOLDER + file);
    return of(ValueLists.read("spaces/" + file, text, base, DECIDED));
  }

  private static Space of(Map<String, List<String>> lists) {
    return new Space(
        lists.entrySet().stream().map(list -> new Axis(list.getKey(), list.getValue())).toList());
  }

  /** {@return this, each axis with the value that {@code base} has} */
  Space with(RunConfig base) {
    Map<String, String> values = ConfigWriter.values(base);
    return new Space(
        axes.stream()
            .map(axis -> axis.with(values.getOrDefault(axis.key(), axis.values().get(0))))
            .toList());
  }

  /** {@return how many points there are; at most {@link Long#MAX_VALUE}} */
  public long size() {
    long size = 1;
    for (Axis axis : axes) {
      size =
          size > Long.MAX_VALUE / axis.values().size()
              ? Long.MAX_VALUE
              : axis.values().size() * size;
    }
    return size;
  }

  /** {@return the values at a point, by key} */
  public Map<String, String> values(List<Integer> point) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int a = 0; a < axes.size(); a++) {
      values.put(axes.get(a).key(), axes.get(a).values().get(point.get(a)));
    }
    return values;
  }

  /** {@return the same as {@code key=value}} */
  public List<String> settings(List<Integer> point) {
    return ConfigWriter.settings(values(point));
  }

  /** {@return where settings lie; empty where one of them has a value that is not tried} */
  Optional<List<Integer>> pointOf(RunConfig config) {
    Map<String, String> values = ConfigWriter.values(config);
    List<Integer> point =
        axes.stream().map(axis -> axis.values().indexOf(values.get(axis.key()))).toList();
    return point.contains(-1) ? Optional.empty() : Optional.of(point);
  }

  /** {@return all points, the last axis running fastest} Only where {@link #size} is small. */
  List<List<Integer>> grid() {
    List<List<Integer>> points = List.of(List.of());
    for (Axis axis : axes) {
      List<List<Integer>> longer = new ArrayList<>();
      for (List<Integer> point : points) {
        for (int v = 0; v < axis.values().size(); v++) {
          List<Integer> next = new ArrayList<>(point);
          next.add(v);
          longer.add(Collections.unmodifiableList(next));
        }
      }
      points = longer;
    }
    return points;
  }

  /** {@return a point, and those that differ from it in one value} */
  List<List<Integer>> around(List<Integer> centre) {
    List<List<Integer>> points = new ArrayList<>(List.of(centre));
    for (int a = 0; a < axes.size(); a++) {
      for (int v = 0; v < axes.get(a).values().size(); v++) {
        if (v != centre.get(a)) {
          List<Integer> point = new ArrayList<>(centre);
          point.set(a, v);
          points.add(List.copyOf(point));
        }
      }
    }
    return points;
  }

  /** {@return a point, all alike probable} */
  List<Integer> draw(SplittableRandom random) {
    return axes.stream().map(axis -> random.nextInt(axis.values().size())).toList();
  }
}
