package org.teller.spark;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
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
  /**
   * How long a broker may take to answer. A call's own limit: with that of a request alone (3 s), a
   * call to a broker that hung was seen to wait for the call's whole 15 s.
   */
  private static final int ANSWERS_IN_MS = 3_000;

  /** A leader, when it is asked where its partitions begin and end: the whole round waits for it. */
  private static final int LEADER_ANSWERS_IN_MS = 2_000;

  /** Of every client: a broker that takes no connection is not the only one. */
  static final Map<String, Object> CONNECTING =
      Map.of(
          "socket.connection.setup.timeout.ms", 2_000,
          "socket.connection.setup.timeout.max.ms", 4_000,
          "reconnect.backoff.max.ms", 1_000);

  private final String name;
  private final Map<String, Object> config;
  private Admin admin;

  /**
   * {@code ends}: the offsets after the last record. Both by partition, without those whose leader
   * does not answer.
   */
  record Facts(String id, int partitions, Map<Integer, Long> earliest, Map<Integer, Long> ends) {
    boolean isKnown(int partition) {
      return earliest.containsKey(partition) && ends.containsKey(partition);
    }
  }

  Topic(NativeConfig.Settings settings, String identity) {
    name = settings.topic();
    config = new HashMap<>(client(settings, identity));
    config.put("client.id", "teller-spark-driver");
    config.put("default.api.timeout.ms", ANSWERS_IN_MS);
    config.put("request.timeout.ms", ANSWERS_IN_MS);
    config.putAll(CONNECTING);
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

    /** Its leader has answered. */
    boolean isKnown(int partition) {
      return facts.isKnown(partition);
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

  /**
   * Errors: retry journal.unavailable; reject journal.forbidden.
   *
   * <p>A client that got no answer is made anew. One whose only connection was to a broker that
   * hung was seen to ask that broker again and again, for as long as it hung, while two others had
   * all partitions.
   */
  Facts facts() {
    try {
      return ask();
    } catch (TellerException e) {
      if (e.remedy() == Remedy.RETRY) {
        admin.close(Duration.ZERO);
        admin = Admin.create(config);
      }
      throw e;
    }
  }

  private Facts ask() {
    TopicDescription topic =
        answer(admin.describeTopics(List.of(name)).topicNameValues().get(name));
    int partitions = topic.partitions().size();
    ListOffsetsResult earliest = offsets(partitions, OffsetSpec.earliest());
    ListOffsetsResult ends = offsets(partitions, OffsetSpec.latest());
    Instant until = Instant.now().plusMillis(LEADER_ANSWERS_IN_MS);
    Facts facts =
        new Facts(
            topic.topicId().toString(),
            partitions,
            answered(earliest, partitions, until),
            answered(ends, partitions, until));
    if (facts.ends().isEmpty()) {
      throw new TellerException(
          "journal.unavailable", Remedy.RETRY, "no leader of a partition of " + name + " answers");
    }
    return facts;
  }

  private ListOffsetsResult offsets(int partitions, OffsetSpec which) {
    return admin.listOffsets(
        IntStream.range(0, partitions)
            .mapToObj(partition -> new TopicPartition(name, partition))
            .collect(Collectors.toMap(p -> p, p -> which)),
        new ListOffsetsOptions().timeoutMs(LEADER_ANSWERS_IN_MS));
  }

  /** Those whose leader answers in time: the others are counted without it. */
  private Map<Integer, Long> answered(ListOffsetsResult told, int partitions, Instant until) {
    Map<Integer, Long> offsets = new HashMap<>();
    for (int partition = 0; partition < partitions; ++partition) {
      try {
        var offset = told.partitionResult(new TopicPartition(name, partition));
        offsets.put(partition, answer(offset, Duration.between(Instant.now(), until)).offset());
      } catch (TellerException e) {
        if (e.remedy() != Remedy.RETRY || Thread.currentThread().isInterrupted()) throw e;
      }
    }
    return offsets;
  }

  private <T> T answer(KafkaFuture<T> future) {
    return answer(future, Duration.ofMillis(2L * ANSWERS_IN_MS));
  }

  private <T> T answer(KafkaFuture<T> future, Duration within) {
    try {
      return future.get(Math.max(0, within.toMillis()), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new TellerException(
          "journal.unavailable", Remedy.RETRY, "no broker has answered for the topic " + name);
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
      if (!facts.isKnown(at.partition())) continue;
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
    admin.close(Duration.ofSeconds(2));
  }
}
