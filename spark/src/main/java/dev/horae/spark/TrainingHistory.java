package dev.horae.spark;

import dev.horae.data.Histories;
import dev.horae.data.Manifest;
import dev.horae.model.HoraeCounting;
import java.util.List;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What of a user's history is trained on, by the data set's split.
 *
 * @param cut of a split by time, see {@link Manifest}
 */
record TrainingHistory(@Nullable Long cut) implements MapFunction<Row, Row> {

  /** {@code newest}: the different items that are paired, see {@link HoraeCounting#newest}. */
  static final StructType SCHEMA =
      new StructType()
          .add("items", DataTypes.createArrayType(DataTypes.IntegerType, false))
          .add("times", DataTypes.createArrayType(DataTypes.LongType, false))
          .add("newest", DataTypes.createArrayType(DataTypes.IntegerType, false));

  @Override
  public Row call(Row history) {
    int[] items = numbers(history, 1);
    long[] times = history.<Long>getList(2).stream().mapToLong(Long::longValue).toArray();
    Histories whole = new Histories(new int[] {0, items.length}, items, times);
    Histories training = Manifest.split(cut, whole).training();
    return RowFactory.create(
        training.items(), training.times(), HoraeCounting.newest(training.items()));
  }

  /** {@return the items of a column} */
  static int[] numbers(Row row, int column) {
    List<Integer> items = row.getList(column);
    return items.stream().mapToInt(Integer::intValue).toArray();
  }
}
