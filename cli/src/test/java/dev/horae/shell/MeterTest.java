package dev.horae.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MeterTest {

  private static final long SECOND = 1_000_000_000;

  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final AtomicLong clock = new AtomicLong();
  private Meter meter;

  @BeforeEach
  void meter() {
    meter = new Meter(new PrintStream(screen), 60, clock::get);
  }

  private void at(long time, String what, long done, long total, String detail) {
    clock.set(time);
    meter.at(what, done, total, detail);
  }

  private String shown() {
    return screen.toString(StandardCharsets.UTF_8).replace("\r\u001b[K", "<");
  }

  @Test
  void rateTimeLeftAndDetailAreShownAndAFinishedLineStays() {
    at(0, "encode text", 0, 3000, "");
    at(2 * SECOND, "encode text", 1000, 3000, "batch 3");
    at(6 * SECOND, "encode text", 3000, 3000, "");
    at(6 * SECOND, "encode text", 3000, 3000, "");
    assertThat(shown())
        .isEqualTo(
            "<encode text    0 %  0/3,000"
                + "<encode text   33 %  1,000/3,000  500/s  4 s left  batch 3"
                + "<encode text  100 %  3,000/3,000  500/s  in 6 s\n");
  }

  @Test
  void onANarrowTerminalTheCountGoesFirst() {
    at(0, "train", 0, 2_274_500, "epoch 1 of 100");
    at(2 * SECOND, "train", 22_745, 2_274_500, "epoch 1 of 100, best ndcg@20 0.0412");
    assertThat(shown())
        .isEqualTo(
            "<train    0 %  0/2,274,500  epoch 1 of 100"
                + "<train    1 %  11,373/s  3:18 left  epoch 1 of 100, best ndc");
  }

  @Test
  void aLineThatIsErasedIsDrawnAnewAtOnce() {
    at(0, "train", 1, 0, "");
    meter.erase();
    meter.erase();
    at(1, "train", 2, 0, "");
    assertThat(shown()).startsWith("<train  1<<train  2");
  }

  @Test
  void itIsRedrawnEightTimesASecondAtMost() {
    for (int i = 0; i < 1000; i++) {
      at(i * SECOND / 1000, "count", i, 0, "");
    }
    assertThat(shown().chars().filter(c -> c == '<').count()).isEqualTo(8);
  }

  @Test
  void anotherPieceOfWorkOrASecondRoundStartsALine() {
    at(0, "read", 5, 0, "");
    at(1, "sort", 1, 0, "");
    at(2, "sort", 0, 0, "");
    meter.finishLine();
    meter.finishLine();
    assertThat(shown()).isEqualTo("<read  5\n<sort  1\n<sort  0\n");
  }

  @Test
  void linesFitTheTerminalWhateverTheLettersAre() {
    at(0, "x", 0, 0, "時".repeat(60) + "\n\u001b[2J");
    assertThat(shown()).isEqualTo("<x  0  " + "時".repeat(26));
    assertThat(Meter.fit("e\u0301a\tb", 3)).isEqualTo("e\u0301a ");
    assertThat(Meter.fit("🙂🙂", 3)).isEqualTo("🙂");
  }
}
