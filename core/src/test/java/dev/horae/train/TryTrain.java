package dev.horae.train;

import dev.horae.data.*;
import dev.horae.eval.*;
import dev.horae.model.*;
import java.nio.*;
import java.nio.file.*;
import java.util.*;
import org.bytedeco.pytorch.global.torch;

/** scratch */
class TryTrain {
  static FeatureTable npy(String modality, String base, Catalogue c) throws Exception {
    List<String> ids = Files.readAllLines(Path.of(base + ".ids.txt"));
    byte[] b = Files.readAllBytes(Path.of(base + ".npy"));
    int head = 10 + ((b[8] & 255) | (b[9] & 255) << 8);
    FloatBuffer f =
        ByteBuffer.wrap(b, head, b.length - head)
            .slice()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    int w = f.limit() / ids.size();
    float[] v = new float[(c.size() + 1) * w];
    for (int i = 0; i < ids.size(); i++) {
      int at = c.index(ids.get(i)).orElse(0);
      if (at > 0) {
        f.position(i * w);
        f.get(v, at * w, w);
      }
    }
    return new FeatureTable(modality, "minilm", w, v);
  }

  public static void main(String[] a) throws Exception {
    torch.set_num_threads(1);
    Dataset d = dev.horae.prep.PreparedDataset.open(Path.of(a[0]));
    List<FeatureTable> fs = new ArrayList<>();
    if (!a[1].equals("none")) fs.add(npy("text", a[1], d.catalogue()));
    if (!a[2].equals("none")) fs.add(npy("image", a[2], d.catalogue()));
    Path cfg = null;
    RunConfig rc =
        dev.horae.config.ConfigReader.read(
            cfg, Arrays.asList(a).subList(3, a.length), RunConfig.class);
    torch.manual_seed(rc.seed());
    Inventory inv = Inventory.of(d, fs);
    SequenceModel m = rc.model().build(inv);
    Adam adam = new Adam(m, rc.train().learningRate());
    Trainer t = new Trainer(m, adam, d.histories(), inv.length(), rc);
    System.out.println(
        "examples "
            + t.windows().examples()
            + " events "
            + t.windows().events()
            + " C="
            + inv.categories());
    EarlyStopping es = new EarlyStopping(rc.train().patience());
    for (int e = 0; e < rc.train().epochs() && !es.stop(); e++) {
      Trainer.Epoch ep = t.epoch(e, Progress.SILENT);
      long s = System.nanoTime();
      Ranking v = Ranking.of(m, d.histories(), Split.Part.VALID, inv.length(), Progress.SILENT);
      double es1 = (System.nanoTime() - s) / 1e9;
      double n20 = Metrics.means(v.ranks()).get("ndcg@20");
      boolean best = es.improves(e, n20);
      String line =
          String.format(
              "epoch %d %.1fs eval %.1fs slots %d %s valid n20 %.5f n5 %.5f masked n20 %.5f hist %.3f tied %d",
              e,
              ep.seconds(),
              es1,
              ep.slots(),
              ep.parts(),
              n20,
              Metrics.means(v.ranks()).get("ndcg@5"),
              Metrics.means(v.maskedRanks()).get("ndcg@20"),
              v.historyShare(),
              v.tied());
      if (best || e % 5 == 4) {
        Ranking r = Ranking.of(m, d.histories(), Split.Part.TEST, inv.length(), Progress.SILENT);
        var x = Metrics.means(r.ranks());
        line +=
            String.format(
                " TEST n5 %.5f n10 %.5f m5 %.5f m10 %.5f n20 %.5f masked n5 %.5f",
                x.get("ndcg@5"),
                x.get("ndcg@10"),
                x.get("mrr@5"),
                x.get("mrr@10"),
                x.get("ndcg@20"),
                Metrics.means(r.maskedRanks()).get("ndcg@5"));
      }
      System.out.println(line);
    }
  }
}
