import java.io.FileInputStream;
import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Kafka Streams, exactly once: drops ballots whose id was there before (RocksDB, with its changelog
 * on the brokers), keeps the totals of its partition, and writes those that have changed to a topic;
 * a consumer beside it puts committed ones into PostgreSQL.
 *
 * <p>A total is written as what it is and not as what came to it, so one that is written twice does
 * no harm. After a start all of them are written once, because what had changed before may not have
 * been.
 *
 * <p>Arguments: settings of Kafka's clients and of the job (a file), where PostgreSQL is (JDBC).
 */
public final class StreamsDrain {
  /** How many were counted, and how many came again, are totals too, of places that there are not. */
  private static final int COPIES = -1, COUNTED = -2;

  private StreamsDrain() {}

  /** A total's key: partition, unit, method, slot. */
  private static Bytes cell(int partition, int unit, short method, short slot) {
    return Bytes.wrap(
        ByteBuffer.allocate(12)
            .putInt(partition)
            .putInt(unit)
            .putShort(method)
            .putShort(slot)
            .array());
  }

  static final class Count implements Processor<byte[], byte[], Bytes, Long> {
    private static final byte[] NOTHING = new byte[0];

    private ProcessorContext<Bytes, Long> context;
    private KeyValueStore<Bytes, byte[]> ids;
    private KeyValueStore<Bytes, Long> totals;
    private final Set<Bytes> changed = new HashSet<>();
    private int partition;

    @Override
    public void init(ProcessorContext<Bytes, Long> given) {
      context = given;
      partition = given.taskId().partition();
      ids = given.getStateStore("ids");
      totals = given.getStateStore("totals");
      try (KeyValueIterator<Bytes, Long> all = totals.all()) {
        all.forEachRemaining(total -> changed.add(total.key));
      }
      given.schedule(Duration.ofMillis(500), PunctuationType.WALL_CLOCK_TIME, this::write);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      long[] found = new long[2];
      Packed.read(
          record.value(),
          (id, unit, method, slot) -> {
            boolean isNew = ids.putIfAbsent(Bytes.wrap(id), NOTHING) == null;
            ++found[isNew ? 0 : 1];
            if (isNew) add(cell(partition, unit, method, slot), 1);
          });
      if (found[0] > 0) add(cell(partition, COUNTED, (short) 0, (short) 0), found[0]);
      if (found[1] > 0) add(cell(partition, COPIES, (short) 0, (short) 0), found[1]);
    }

    private void add(Bytes cell, long votes) {
      Long before = totals.get(cell);
      totals.put(cell, before == null ? votes : before + votes);
      changed.add(cell);
    }

    private void write(long now) {
      if (changed.isEmpty()) return;
      for (Bytes cell : changed) context.forward(new Record<>(cell, totals.get(cell), now));
      changed.clear();
      context.commit();
    }
  }

  static Topology topology(String from, String to) {
    return new Topology()
        .addSource(
            "entries", Serdes.ByteArray().deserializer(), Serdes.ByteArray().deserializer(), from)
        .addProcessor("count", Count::new, "entries")
        .addStateStore(
            Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore("ids"), Serdes.Bytes(), Serdes.ByteArray()),
            "count")
        .addStateStore(
            Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore("totals"), Serdes.Bytes(), Serdes.Long())
                .withCachingEnabled(),
            "count")
        .addSink("changed", to, new BytesSerializer(), new LongSerializer(), "count");
  }

  /** What is committed in `topic` into the table `totals`, a poll a transaction. */
  private static void keep(String topic, Properties kafka, String jdbc) throws Exception {
    Properties reading = new Properties();
    reading.putAll(kafka);
    reading.put("group.id", topic + "-to-postgresql");
    reading.put("isolation.level", "read_committed");
    reading.put("enable.auto.commit", "false");
    reading.put("auto.offset.reset", "earliest");
    reading.put("max.poll.records", "100000");
    try (Connection store = DriverManager.getConnection(jdbc);
        KafkaConsumer<byte[], Long> in =
            new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new LongDeserializer())) {
      store.setAutoCommit(false);
      in.subscribe(List.of(topic));
      while (true) {
        ConsumerRecords<byte[], Long> records = in.poll(Duration.ofMillis(200));
        Map<ByteBuffer, Long> last = new HashMap<>();
        for (ConsumerRecord<byte[], Long> one : records)
          last.put(ByteBuffer.wrap(one.key()), one.value());
        if (last.isEmpty()) continue;
        put(store, last);
        in.commitSync();
      }
    }
  }

  private static void put(Connection store, Map<ByteBuffer, Long> last) throws Exception {
    Integer[][] columns = new Integer[4][last.size()];
    Long[] votes = new Long[last.size()];
    int row = 0;
    for (Map.Entry<ByteBuffer, Long> total : last.entrySet()) {
      ByteBuffer key = total.getKey();
      columns[0][row] = key.getInt(0);
      columns[1][row] = key.getInt(4);
      columns[2][row] = (int) key.getShort(8);
      columns[3][row] = (int) key.getShort(10);
      votes[row++] = total.getValue();
    }
    try (PreparedStatement upsert =
        store.prepareStatement(
            "insert into totals select * from unnest(?, ?, ?, ?, ?) on conflict (partition, unit,"
                + " method, slot) do update set votes = excluded.votes")) {
      for (int i = 0; i < 4; ++i) {
        Array array = store.createArrayOf("int4", columns[i]);
        upsert.setArray(i + 1, array);
      }
      upsert.setArray(5, store.createArrayOf("int8", votes));
      upsert.executeUpdate();
    }
    store.commit();
  }

  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    try (FileInputStream in = new FileInputStream(args[0])) {
      settings.load(in);
    }
    String from = (String) settings.remove("from");
    String to = settings.getProperty("application.id") + "-totals";
    Properties kafka = new Properties();
    settings.forEach(
        (name, value) -> {
          if (name.toString().startsWith("ssl.")
              || name.equals("bootstrap.servers")
              || name.equals("security.protocol")) kafka.put(name, value);
        });
    try (Connection store = DriverManager.getConnection(args[1]);
        Statement make = store.createStatement()) {
      make.execute(
          "create table totals (partition int, unit int, method int, slot int, votes bigint,"
              + " primary key (partition, unit, method, slot))");
    }
    try (Admin admin = Admin.create(kafka)) {
      admin
          .createTopics(List.of(new NewTopic(to, Optional.of(4), Optional.of((short) 3))))
          .all()
          .get();
    }
    KafkaStreams streams = new KafkaStreams(topology(from, to), settings);
    streams.setUncaughtExceptionHandler(
        failure -> {
          failure.printStackTrace();
          Runtime.getRuntime().halt(3);
          return null;
        });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(15))));
    streams.start();
    keep(to, kafka, args[1]);
  }
}
