import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;

/** A record of the topic as rows of Spark: (id, unit, method, slot). */
public final class Decode implements UDF1<byte[], List<Row>> {
  private static final long serialVersionUID = 1;

  @Override
  public List<Row> call(byte[] record) {
    List<Row> rows = new ArrayList<>();
    Packed.read(
        record,
        (id, unit, method, slot) ->
            rows.add(RowFactory.create(id, unit, (int) method, (int) slot)));
    return rows;
  }
}
