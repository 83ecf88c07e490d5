package dev.horae.demo;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * One product of the generated shop: what the catalogue says of it, and the truth behind that.
 *
 * @param number 1, 2, 3 …
 * @param title as in the catalogue; names the make, and sometimes the kind and the season
 * @param brand 0..4 within its department; the catalogue gives the name
 * @param kind what it is; the title names it or does not, the picture shows it
 * @param style palette, one of {@link #STYLES}; only the picture shows it
 * @param season 0..3 = winter, spring, summer, autumn, or {@link #ALL_YEAR}
 * @param make one of {@link #MAKES}; only the title tells it
 * @param named whether the title names the season
 * @param shown whether the picture shows the season's motif
 * @param pictured whether there is a picture
 * @param appeal how often it is bought compared with others that fit as well
 */
record Product(
    int number,
    String title,
    int brand,
    Kind kind,
    int style,
    int season,
    int make,
    boolean named,
    boolean shown,
    boolean pictured,
    double appeal) {

  /** By department. */
  private static final Map<String, List<String>> BRANDS =
      Map.of(
          "Kitchen", List.of("Tarnik", "Velmora", "Ostrelle", "Kubano Vald", "Brimwick"),
          "Garden", List.of("Harrowfen", "Selvik", "Dornbusch & Rye", "Palleth", "Grunewick"),
          "Living", List.of("Lumora Vale", "Askelund", "Morrowdene", "Quillhaus", "Fennimark"),
          "Outdoor", List.of("Trevanni", "Northolm", "Kestrane", "Wildervik", "Pfadhaus"));

  static final int BRANDS_PER_DEPARTMENT = 5;

  /** A ring: tastes move to a neighbour. */
  static final List<String> STYLES =
      List.of("night", "coast", "forest", "earth", "sunset", "candy");

  static final int ALL_YEAR = -1;

  /** December to February first. */
  static final List<String> SEASONS = List.of("winter", "spring", "summer", "autumn");

  /** Each with a synonym that titles use as often. */
  static final List<List<String>> MAKES =
      List.of(
          List.of("Organic", "Natural"),
          List.of("Recycled", "Upcycled"),
          List.of("Handmade", "Handcrafted"),
          List.of("Compact", "Foldable"),
          List.of("Deluxe", "Premium"));

  /** {@return the shop's identifier, such as {@code p0042}} */
  String id() {
    return String.format(Locale.ROOT, "p%04d", number);
  }

  String brandName() {
    return Objects.requireNonNull(BRANDS.get(kind.line.department)).get(brand); // all have some
  }

  /** What a thing is for within its line: bought to start with, to add, or to use up. */
  enum Role {
    BIG,
    ACCESSORY,
    CONSUMABLE
  }

  /** A row of shelves; a line holds one kind for each role. */
  enum Line {
    COFFEE("Kitchen", "Coffee"),
    TEA("Kitchen", "Tea"),
    GRILL("Garden", "Grill"),
    BEDS("Garden", "Garden beds"),
    READING("Living", "Reading corner"),
    DINING("Living", "Dining"),
    CAMPING("Outdoor", "Camping"),
    HIKING("Outdoor", "Hiking");

    final String department;
    final String label;

    Line(String department, String label) {
      this.department = department;
      this.label = label;
    }

    /** {@return the season in which people start something new here, 0 = winter} */
    int season() {
      return List.of("Living", "Garden", "Outdoor", "Kitchen").indexOf(department);
    }

    /** {@return the other line of the same department} */
    Line sibling() {
      return Arrays.stream(values())
          .filter(other -> other != this && other.department.equals(department))
          .findFirst()
          .orElseThrow();
    }

    Kind kind(Role role) {
      return Arrays.stream(Kind.values())
          .filter(kind -> kind.line == this && kind.role == role)
          .findFirst()
          .orElseThrow();
    }
  }

  /** One per line and role. */
  enum Kind {
    ESPRESSO_MACHINE(Line.COFFEE, Role.BIG),
    MUG(Line.COFFEE, Role.ACCESSORY),
    COFFEE_BEANS(Line.COFFEE, Role.CONSUMABLE),
    KETTLE(Line.TEA, Role.BIG),
    TEAPOT(Line.TEA, Role.ACCESSORY),
    TEA_TIN(Line.TEA, Role.CONSUMABLE),
    CHARCOAL_GRILL(Line.GRILL, Role.BIG),
    GRILL_TONGS(Line.GRILL, Role.ACCESSORY),
    CHARCOAL(Line.GRILL, Role.CONSUMABLE),
    WHEELBARROW(Line.BEDS, Role.BIG),
    WATERING_CAN(Line.BEDS, Role.ACCESSORY),
    FLOWER_SEEDS(Line.BEDS, Role.CONSUMABLE),
    ARMCHAIR(Line.READING, Role.BIG),
    CUSHION(Line.READING, Role.ACCESSORY),
    LIGHT_BULB(Line.READING, Role.CONSUMABLE),
    TABLE(Line.DINING, Role.BIG),
    VASE(Line.DINING, Role.ACCESSORY),
    CANDLE(Line.DINING, Role.CONSUMABLE),
    TENT(Line.CAMPING, Role.BIG),
    LANTERN(Line.CAMPING, Role.ACCESSORY),
    GAS_CARTRIDGE(Line.CAMPING, Role.CONSUMABLE),
    BACKPACK(Line.HIKING, Role.BIG),
    WATER_BOTTLE(Line.HIKING, Role.ACCESSORY),
    TRAIL_BAR(Line.HIKING, Role.CONSUMABLE);

    final Line line;
    final Role role;

    Kind(Line line, Role role) {
      this.line = line;
      this.role = role;
    }

    /** {@return the name as a title spells it, such as {@code Tea Tin}} */
    String noun() {
      StringBuilder noun = new StringBuilder();
      for (String word : name().split("_")) {
        noun.append(noun.isEmpty() ? "" : " ").append(word.charAt(0));
        noun.append(word.substring(1).toLowerCase(Locale.ROOT));
      }
      return noun.toString();
    }
  }
}
