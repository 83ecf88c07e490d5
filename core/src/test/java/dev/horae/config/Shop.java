package dev.horae.config;

import static dev.horae.config.InvalidValue.unless;

import java.nio.file.Path;
import java.util.List;

/** A record with everything that a configuration may hold. */
@Doc("A shop.")
record Shop(
    @Doc("directory of goods") Path goods,
    @Doc("name over the door") @Default("Kairos & Co") String name,
    @Doc("random seed") @Default("7") long seed,
    @Default("true") boolean open,
    @Doc("where to stand") @Default("high-street") Street street,
    @Doc("cut-offs") @Default("[5, 10]") List<Integer> cutOffs,
    @Default("[]") List<Street> deliveries,
    @Default("[a, 'b c']") List<String> tags,
    @Doc("the counter, where goods are paid") Counter counter,
    @Doc("who sells") Seller seller) {

  enum Street {
    HIGH_STREET,
    MILL_LANE {
      @Override
      boolean quiet() {
        return true;
      }
    };

    boolean quiet() {
      return false;
    }
  }

  record Counter(
      @Doc("counter width, metres") @Default("1.5") double width,
      @Doc("share of the width per clerk") @Default("[0.5, 0.5]") List<Double> shares,
      @Default("2") int clerks) {

    Counter {
      unless(width > 0, "width", width, "is not positive", "use the width in metres");
      unless(
          shares.size() == clerks,
          "shares",
          shares.size() + " shares",
          "do not fit clerks = " + clerks,
          "write one share per clerk");
    }
  }

  @Default("type: grocer")
  sealed interface Seller permits Grocer.Config, BookDealer.Config, Nobody {}

  static final class Grocer {
    private Grocer() {}

    record Config(@Doc("days until stock spoils") @Default("3") double shelfLifeDays)
        implements Seller {}
  }

  static final class BookDealer {
    private BookDealer() {}

    record Config(@Doc("number of shelves") int shelves) implements Seller {}
  }

  record Nobody() implements Seller {}
}
