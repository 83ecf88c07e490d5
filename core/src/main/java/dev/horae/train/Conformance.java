package dev.horae.train;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.ComparedTensor;
import dev.horae.data.Json;
import dev.horae.data.SequenceBatch;
import dev.horae.model.Forward;
import dev.horae.model.ItemVectors;
import dev.horae.model.Loss;
import dev.horae.model.SequenceModel;
import dev.horae.model.SequenceTensors;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

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
   * @param rows {@code unpacked}: one history per row; {@code packed}: several
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
      fixture = Fixture.of(sidecar, Safetensors.read(file));
    } catch (CheckpointException e) {
      throw new CheckpointException(json + ": " + e.getMessage(), e);
    }
    List<Report> reports = new ArrayList<>();
    SequenceModel model = fixture.config().build(fixture.inventory());
    for (boolean packed : model.packable() ? new boolean[] {false, true} : new boolean[] {false}) {
      reports.add(new Conformance(file, sidecar, fixture).run(packed));
    }
    return reports;
  }

  /** {@return the {@code model} that the fixture's sidecar names; empty when it names none} */
  public static String model(Path file) {
    return Json.read(Json.sidecar(file), JsonNode.class).path("model").asText();
  }

  private Report run(boolean packed) {
    SequenceModel model = fixture.config().build(fixture.inventory());
    Checkpoint.load(model, fixture.values(), file);
    Adam adam = new Adam(model, 1e-3);
    SequenceBatch batch = fixture.batch(packed);
    model.eval();
    try (Scope scope = Scope.inference()) {
      outputs(model, batch);
    }
    fixture
        .variants()
        .forEach(
            (suffix, config) -> {
              if (fixture.values().entries().keySet().stream().anyMatch(t -> t.endsWith(suffix))) {
                SequenceModel variant = config.build(fixture.inventory());
                Checkpoint.load(variant, fixture.values(), file);
                variant.train(true);
                try (Scope scope = Scope.inference()) {
                  losses(variant, batch, suffix);
                }
              }
            });
    model.train(true);
    try (Scope scope = Scope.training()) {
      losses(model, batch, "").backward();
    }
    Map<String, float[]> gradients = new LinkedHashMap<>();
    try (Scope scope = Scope.inference()) {
      Checkpoint.parameters(model)
          .forEach(
              (name, p) -> {
                if (p.requires_grad()) {
                  gradients.put(name, Ops.floats(p.grad()));
                  compare("gradients", "grad." + name, gradients.get(name));
                }
              });
      adam.step();
      Checkpoint.parameters(model)
          .forEach((name, p) -> adamStep(name, gradients.get(name), Ops.floats(p)));
    }
    return new Report(
        file.getFileName().toString(),
        packed ? "packed" : "unpacked",
        List.copyOf(groups.values()));
  }

  private void outputs(SequenceModel model, SequenceBatch batch) {
    SequenceTensors in = SequenceTensors.of(batch, model.device());
    int[] row = rowOfExample(in);
    ItemVectors items = model.items();
    Tensor users = model.encode(in, items);
    compare("outputs", "out.u", inFixtureOrder(users, row));
    compare("outputs", "out.scores", inFixtureOrder(users.matmul(items.table().t()), row));
    long d = users.size(1) / model.parts().size();
    for (int v = 0; v < model.parts().size(); v++) {
      String view = official(model.parts().get(v));
      Tensor part = users.narrow(1, v * d, d);
      compare("outputs", "out.H_" + view, inFixtureOrder(part, row));
      Tensor scores = part.matmul(items.table().narrow(1, v * d, d).t());
      compare("outputs", "out.scores_" + view, inFixtureOrder(scores, row));
    }
    model
        .gates(in, items)
        .forEach(
            (name, gate) -> compareLast("out.gate_" + official(name), inFixtureOrder(gate, row)));
  }

  /** {@return the total} */
  private Tensor losses(SequenceModel model, SequenceBatch batch, String suffix) {
    SequenceTensors in = SequenceTensors.of(batch, model.device());
    ItemVectors items = model.items();
    Forward forward = model.forward(in, items, fixture.draws(batch));
    List<Loss> parts = forward.plain(in, items.table());
    for (Loss part : parts) {
      compare("losses", "loss." + part.name() + suffix, Ops.floats(part.value()));
    }
    Tensor total = Loss.total(parts);
    compare("losses", "loss.total" + suffix, Ops.floats(total));
    return total;
  }

  private void adamStep(String name, float[] gradient, float[] after) {
    Safetensors.Entry wanted = fixture.values().entries().get("adam1." + name);
    if (wanted == null || gradient == null) {
      return;
    }
    float[] expected = wanted.floats();
    for (int i = 0; i < expected.length; i++) {
      if (Math.abs(gradient[i]) <= ADAM_NEEDS) {
        expected[i] = after[i];
      }
    }
    record("adam step", "adam1." + name, expected, after);
  }

  /** Compares with the fixture if it has the tensor. */
  private void compare(String group, String name, float[] ours) {
    Safetensors.Entry wanted = fixture.values().entries().get(name);
    if (wanted != null) {
      record(group, name, wanted.floats(), ours);
    }
  }

  /** Our value at each history's last event against the fixture's [B, L, K]. */
  private void compareLast(String name, float[] ours) {
    Safetensors.Entry wanted = fixture.values().entries().get(name);
    if (wanted == null) {
      return;
    }
    int length = (int) wanted.shape()[1];
    int width = (int) wanted.shape()[2];
    long[] lengths = fixture.values().entries().get("in.item_seq_len").longs();
    float[] all = wanted.floats();
    float[] last = new float[lengths.length * width];
    for (int b = 0; b < lengths.length; b++) {
      System.arraycopy(all, (b * length + (int) lengths[b] - 1) * width, last, b * width, width);
    }
    record("outputs", name, last, ours);
  }

  private void record(String group, String name, float[] expected, float[] ours) {
    double tolerance = tolerances.path(name).path("tol").asDouble(1e-5);
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

  private static String official(String name) {
    return switch (name) {
      case "text" -> "txt";
      case "image" -> "img";
      case "time" -> "temporal";
      default -> name;
    };
  }
}
