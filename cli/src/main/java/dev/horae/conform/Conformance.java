package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Json;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import dev.horae.train.Adam;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Holds a model against numbers computed by its official code: a safetensors file with weights,
 * inputs, outputs, losses and gradients, and a JSON sidecar with hyper-parameters and tolerances.
 */
public final class Conformance {

  private static final double ADAM_NEEDS = 1e-6; // below, rounding noise decides the step's sign

  /**
   * The tensor of a group that comes closest to its tolerance, or exceeds it by most.
   *
   * @param name outputs, losses, gradients or adam step
   * @param tensors how many were compared
   * @param worst the tensor
   * @param difference its largest absolute difference
   * @param tolerance what the sidecar allows it
   */
  public record Group(String name, int tensors, String worst, double difference, double tolerance) {
    public boolean passed() {
      return difference <= tolerance;
    }
  }

  /**
   * @param fixture file name
   * @param rows how histories lay in rows: {@code full}, {@code single} or {@code packed}
   */
  public record Report(String fixture, String rows, List<Group> groups) {
    public boolean passed() {
      return groups.stream().allMatch(Group::passed);
    }
  }

  private final Path file;
  private final JsonNode tolerances;
  private final Fixture fixture;
  private final Map<String, Group> groups = new LinkedHashMap<>();

  private Conformance(Path file, JsonNode sidecar, Fixture fixture) {
    this.file = file;
    this.tolerances = sidecar.path("tensors");
    this.fixture = fixture;
  }

  /** Checks the model that the sidecar names, in every layout of rows that applies to it. */
  public static List<Report> check(Path file) {
    Path json = Json.sidecar(file);
    JsonNode sidecar = Json.read(json, JsonNode.class);
    Fixture fixture;
    try {
      fixture = Fixtures.read(sidecar, Safetensors.read(file));
    } catch (CheckpointException e) {
      throw new CheckpointException(json + ": " + e.getMessage(), e);
    }
    try {
      return check(file, sidecar, fixture);
    } catch (Fixture.LackingException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    }
  }

  private static List<Report> check(Path file, JsonNode sidecar, Fixture fixture) {
    RowLayout most = fixture.config(fixture.variants().get(0)).build(fixture.dataSpec()).layout();
    List<Report> reports = new ArrayList<>();
    for (RowLayout layout : List.of(RowLayout.FULL, RowLayout.SINGLE, RowLayout.PACKED)) {
      if (layout == RowLayout.FULL || layout == most) {
        reports.add(new Conformance(file, sidecar, fixture).run(layout));
      }
    }
    return reports;
  }

  /** {@return the {@code model} that the fixture's sidecar names; empty when it names none} */
  public static String model(Path file) {
    return Json.read(Json.sidecar(file), JsonNode.class).path("model").asText();
  }

  private Report run(RowLayout layout) {
    for (Fixture.Variant variant : fixture.variants()) {
      SequenceModel model = fixture.config(variant).build(fixture.dataSpec());
      Checkpoint.load(model, fixture.weights(), file);
      model.eval();
      try (Scope scope = Scope.inference()) {
        outputs(model, fixture.evaluation(layout), variant);
      }
      model.train(true);
      if (variant.gradients() == null || !records(variant.gradients() + ".")) {
        try (Scope scope = Scope.inference()) {
          losses(model, fixture.training(layout), variant);
        }
      } else {
        gradients(model, fixture.training(layout), variant);
      }
    }
    return new Report(
        file.getFileName().toString(),
        layout.name().toLowerCase(Locale.ROOT),
        List.copyOf(groups.values()));
  }

  private boolean records(String prefix) {
    return fixture.values.entries().keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  private void outputs(SequenceModel model, SequenceBatch batch, Fixture.Variant variant) {
    SequenceTensors in = SequenceTensors.of(batch, model.device());
    ItemVectors items = ItemTable.of(model);
    Tensor users = model.encode(in, items);
    int[] row = rowOfExample(in);
    fixture
        .outputs(model, in, items, users)
        .forEach((name, x) -> compareOutput(name, inFixtureOrder(x, row), variant));
    fixture.tables(model, items).forEach((name, x) -> compareOutput(name, Ops.floats(x), variant));
  }

  /** {@return the total} */
  private Tensor losses(SequenceModel model, SequenceBatch batch, Fixture.Variant variant) {
    SequenceTensors in = SequenceTensors.of(batch, model.device());
    Draws draws = fixture.draws(batch, variant);
    long rows = model.trainsOnAllItems() ? model.itemRows() : 0;
    ItemVectors items = ItemVectors.of(model.itemVectors(0, rows, draws));
    List<Loss> parts = model.forward(in, items, draws).plain(items.table());
    for (Loss part : parts) {
      compareLoss("loss." + part.name(), part.value(), variant);
    }
    Tensor total = Loss.total(parts);
    compareLoss("loss.total", total, variant);
    return total;
  }

  private void gradients(SequenceModel model, SequenceBatch batch, Fixture.Variant variant) {
    Adam adam = new Adam(model, Adam.Rule.of(1e-3));
    try (Scope scope = Scope.training()) {
      losses(model, batch, variant).backward();
    }
    try (Scope scope = Scope.inference()) {
      Map<String, float[]> gradients = new LinkedHashMap<>();
      Map<String, Tensor> parameters = Checkpoint.parameters(model);
      parameters.values().removeIf(p -> !p.requires_grad());
      parameters.forEach(
          (name, p) -> {
            gradients.put(name, Ops.floats(p.grad()));
            compare("gradients", variant.gradients() + "." + name, gradients.get(name));
          });
      if (variant.suffix().isEmpty()) {
        adam.step();
        parameters.forEach((name, p) -> adamStep(name, gradients.get(name), Ops.floats(p)));
      }
    }
  }

  private void adamStep(String name, float @Nullable [] gradient, float[] after) {
    Safetensors.Entry wanted = fixture.values.entries().get("adam1." + name);
    if (wanted == null || gradient == null) {
      return;
    }
    float[] expected = wanted.floats();
    for (int i = 0; i < expected.length; i++) {
      if (Math.abs(gradient[i]) <= ADAM_NEEDS) {
        expected[i] = after[i];
      }
    }
    record("adam step", "adam1." + name, expected, after, tolerance("adam1." + name));
  }

  private void compareOutput(String name, float[] ours, Fixture.Variant variant) {
    String recorded = fixture.recordedName(name, variant);
    Safetensors.Entry wanted = fixture.values.entries().get(recorded);
    if (wanted != null) {
      float[] expected = fixture.expected(name, wanted);
      double change = largest(expected) / largest(wanted.floats()); // of the unit
      record("outputs", recorded, expected, ours, tolerance(recorded) * change);
    }
  }

  private void compareLoss(String name, Tensor ours, Fixture.Variant variant) {
    compare("losses", fixture.recordedName(name, variant), Ops.floats(ours));
  }

  /** Compares with the fixture if it has the tensor. */
  private void compare(String group, String name, float[] ours) {
    Safetensors.Entry wanted = fixture.values.entries().get(name);
    if (wanted != null) {
      record(group, name, wanted.floats(), ours, tolerance(name));
    }
  }

  private double tolerance(String name) {
    return tolerances.path(name).path("tol").asDouble(1e-5);
  }

  private static double largest(float[] values) {
    double largest = 1;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private void record(String group, String name, float[] expected, float[] ours, double tolerance) {
    double difference = ComparedTensor.of(name, expected, ours, tolerance).difference();
    Group one = new Group(group, 1, name, difference, tolerance);
    groups.merge(
        group,
        one,
        (old, add) -> {
          Group worse =
              add.difference() / add.tolerance() > old.difference() / old.tolerance() ? add : old;
          return new Group(
              group, old.tensors() + 1, worse.worst(), worse.difference(), worse.tolerance());
        });
  }

  private static int[] rowOfExample(SequenceTensors in) {
    long[] histories = Ops.longs(in.histories());
    int[] row = new int[histories.length];
    for (int i = 0; i < row.length; i++) {
      row[i] = (int) histories[i] - 1;
    }
    return row;
  }

  private static float[] inFixtureOrder(Tensor x, int[] row) {
    float[] ours = Ops.floats(x);
    int width = ours.length / row.length;
    float[] ordered = new float[ours.length];
    for (int i = 0; i < row.length; i++) {
      System.arraycopy(ours, i * width, ordered, row[i] * width, width);
    }
    return ordered;
  }
}
