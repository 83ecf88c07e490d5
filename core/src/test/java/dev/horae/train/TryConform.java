package dev.horae.train;

import java.nio.file.*;

class TryConform {
  public static void main(String[] a) throws Exception {
    org.bytedeco.pytorch.global.torch.set_num_threads(1);
    for (String f : a)
      for (var r : Conformance.check(Path.of(f))) {
        System.out.println(r.fixture() + " " + r.rows() + " " + r.passed());
        for (var g : r.groups()) if (!g.passed() || a.length < 3) System.out.println("   " + g);
      }
  }
}
