package dev.horae.spark;

import dev.horae.data.FeatureTable;
import dev.horae.serve.Recommender;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The vectors of items by their indices, 1 to N.
 *
 * @param run whose model makes them
 */
record ItemVectors(SharedDirectory run) implements MapPartitionsFunction<Long, Row> {

  static final StructType SCHEMA =
      new StructType()
          .add("item", DataTypes.StringType)
          .add("vector", DataTypes.createArrayType(DataTypes.FloatType, false));

  /** Names the table in {@link Executor#once}. */
  private record Key(SharedDirectory run) {}

  @Override
  public Iterator<Row> call(Iterator<Long> items) {
    return Executor.computing(() -> rows(items));
  }

  private Iterator<Row> rows(Iterator<Long> items) {
    Recommender recommender = Executor.recommender(run);
    FeatureTable table = Executor.once(new Key(run), recommender::itemVectors);
    float[] values = table.values();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return items.hasNext();
      }

      @Override
      public Row next() {
        int item = Math.toIntExact(items.next());
        int at = item * table.width();
        return RowFactory.create(
            recommender.catalogue().item(item).id(),
            Arrays.copyOfRange(values, at, at + table.width()));
      }
    };
  }
}
