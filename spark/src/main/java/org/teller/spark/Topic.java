package org.teller.spark;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.teller.spark.TellerException.Remedy;

/**
 * The topic as the brokers know it: whether it is still the one that the store's positions belong
 * to. Consumers cannot see that: a topic that was deleted and made again has the same name and
 * other records at the same offsets.
 */
final class Topic implements AutoCloseable {
  private static final int PATIENCE_MS = 15_000;

  private final String name;
  private final Admin admin;

  /** {@code ends}: the offsets after the last record. Both by partition. */
  record Facts(String id, int partitions, Map<Integer, Long> earliest, Map<Integer, Long> ends) {}

  Topic(NativeConfig.Settings settings, String identity) {
    name = settings.topic();
    Map<String, Object> config = new HashMap<>(client(settings, identity));
    config.put("client.id", "teller-spark-driver");
    config.put("default.api.timeout.ms", PATIENCE_MS);
    config.put("request.timeout.ms", PATIENCE_MS / 3);
    admin = Admin.create(config);
  }

  /**
   * What any Kafka client of {@code identity} needs, mutual TLS. Keys are named, not held: the
   * client reads them from the folder, so that neither a plan of Spark nor a log ever has them.
   */
  static Map<String, String> client(NativeConfig.Settings settings, String identity) {
    Map<String, String> config = new HashMap<>();
    config.put("bootstrap.servers", settings.brokers());
    config.put("security.protocol", "SSL");
    config.put("ssl.enabled.protocols", "TLSv1.3");
    config.put("ssl.protocol", "TLSv1.3");
    config.put("config.providers", "file");
    config.put("config.providers.file.class", DirectoryConfigProvider.class.getName());
    config.put("ssl.keystore.type", "PEM");
    config.put("ssl.keystore.key", from(settings.identities(), identity + ".key"));
    config.put("ssl.keystore.certificate.chain", from(settings.identities(), identity + ".crt"));
    config.put("ssl.truststore.type", "PEM");
    config.put(
        "ssl.truststore.certificates",
        from(settings.ca().getParent(), settings.ca().getFileName().toString()));
    return config;
  }

  private static String from(Path folder, String file) {
    return "${file:" + folder + ":" + file + "}";
  }

  /** The topic and the store, held against each other. */
  record Standing(Facts facts, List<PartitionAt> committed) {
    long earliest(int partition) {
      return facts.earliest().get(partition);
    }

    long end(int partition) {
      return facts.ends().get(partition);
    }
  }

  /**
   * How they stand to each other: it is the topic that the store's positions belong to, with all
   * that is not counted yet. A store that has no topic yet takes this one.
   *
   * <p>Errors: those of facts() and check(), reject journal.other, retry store.unavailable.
   */
  Standing standing(NativeStore store, NativeConfig.Count count) {
    // In this order: another job may commit meanwhile, and no position may lie behind the end.
    List<PartitionAt> committed = store.positions();
    Facts facts = facts();
    store.bindJournal(facts.id());
    check(facts, count.partitions(), committed);
    return new Standing(facts, committed);
  }

  /** Errors: retry journal.unavailable; reject journal.forbidden. */
  Facts facts() {
    TopicDescription topic =
        answer(admin.describeTopics(List.of(name)).topicNameValues().get(name));
    int partitions = topic.partitions().size();
    ListOffsetsResult earliest = offsets(partitions, OffsetSpec.earliest());
    ListOffsetsResult ends = offsets(partitions, OffsetSpec.latest());
    return new Facts(
        topic.topicId().toString(), partitions, byPartition(earliest), byPartition(ends));
  }

  private ListOffsetsResult offsets(int partitions, OffsetSpec which) {
    return admin.listOffsets(
        IntStream.range(0, partitions)
            .mapToObj(partition -> new TopicPartition(name, partition))
            .collect(Collectors.toMap(p -> p, p -> which)));
  }

  private Map<Integer, Long> byPartition(ListOffsetsResult told) {
    Map<Integer, Long> offsets = new HashMap<>();
    answer(told.all())
        .forEach((partition, info) -> offsets.put(partition.partition(), info.offset()));
    return offsets;
  }

  private <T> T answer(KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TellerException("journal.unavailable", Remedy.RETRY, "interrupted");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof AuthenticationException || cause instanceof AuthorizationException) {
        throw new TellerException("journal.forbidden", Remedy.REJECT, cause.toString());
      }
      if (cause instanceof UnknownTopicOrPartitionException) {
        throw new TellerException(
            "journal.unavailable",
            Remedy.RETRY,
            "there is no topic " + name + " (teller topics create makes it)");
      }
      throw new TellerException("journal.unavailable", Remedy.RETRY, cause.toString());
    }
  }

  /**
   * Holds {@code facts} against the count and the committed positions. That the topic is the same
   * one is the store's to say (bindJournal).
   *
   * <p>Errors: stop journal.partitions (grown: ids hash to other partitions now), journal.expired
   * (records that were never counted are gone); retry journal.behind (it ends before the position).
   */
  static void check(Facts facts, int partitions, List<PartitionAt> committed) {
    if (facts.partitions() != partitions) {
      throw new TellerException(
          "journal.partitions",
          Remedy.STOP,
          "the topic has " + facts.partitions() + " partitions, the count has " + partitions);
    }
    for (PartitionAt at : committed) {
      long earliest = facts.earliest().get(at.partition());
      long end = facts.ends().get(at.partition());
      if (earliest > at.position()) {
        throw new TellerException(
            "journal.expired",
            Remedy.STOP,
            "records [" + at.position() + ", " + earliest + ") are gone and were never counted",
            at.partition(),
            TellerException.NOWHERE);
      }
      if (end < at.position()) {
        throw new TellerException(
            "journal.behind",
            Remedy.RETRY,
            "the topic ends at " + end + ", before the position " + at.position(),
            at.partition(),
            TellerException.NOWHERE);
      }
    }
  }

  @Override
  public void close() {
    admin.close(java.time.Duration.ofSeconds(2));
  }
}
