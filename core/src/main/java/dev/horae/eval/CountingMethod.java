package dev.horae.eval;

import dev.horae.data.Histories;
import java.util.function.BiFunction;

/** The counting models, in the order in which tables show them. */
public enum CountingMethod {
  /** See {@link MostPopular}. */
  MOST_POPULAR(
      "most-popular",
      "Items by their number of training events, the same for everybody.",
      "folklore",
      MostPopular::new),

  /** See {@link ItemTransitions}. */
  ITEM_TRANSITIONS(
      "item-transitions",
      "Items by how often and how soon they followed the last one.",
      "SR in Ludewig and Jannach, UMUAI 2018",
      ItemTransitions::new),

  /** See {@link VmisKnn}. */
  VMIS_KNN(
      "vmis-knn",
      "Items of the users whose histories share most with the newest items of this one.",
      "VMIS-kNN, Kersbergen et al., SIGMOD 2022",
      VmisKnn::new);

  private final String id;
  private final String description;
  private final String paper;
  private final BiFunction<Histories, Integer, CountingModel> fit;

  CountingMethod(
      String id,
      String description,
      String paper,
      BiFunction<Histories, Integer, CountingModel> fit) {
    this.id = id;
    this.description = description;
    this.paper = paper;
    this.fit = fit;
  }

  /** {@return the name that commands take and tables show, such as {@code most-popular}} */
  public String id() {
    return id;
  }

  /** {@return what it ranks by, in one sentence} */
  public String description() {
    return description;
  }

  /** {@return where it is described} */
  public String paper() {
    return paper;
  }

  /**
   * Counts the training events.
   *
   * @param items N
   */
  public CountingModel fit(Histories histories, int items) {
    return fit.apply(histories, items);
  }
}
