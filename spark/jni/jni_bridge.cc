// The border between the JVM and us: the one file that includes jni.h. Turns arrays into bytes and
// errors into TellerException, and nothing else.
//
// No C++ exception passes it, a failed check() neither. Texts cross as UTF-8 bytes, because the
// JVM's own "modified UTF-8" is another encoding; answers of more than one value cross as
// little-endian bytes that the Java side reads with a ByteBuffer (Wire.java).
//
// Every function is declared, with what it promises, in the Java class that its name holds.
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <jni.h>

#include "base/check.h"
#include "base/stop.h"
#include "executor_core.h"
#include "log/segments_directory.h"
#include "missing_steps.h"
#include "settings/config.h"
#include "store/store_postgres.h"

namespace teller {
namespace {

// Thrown when a call into the JVM has failed and left its own exception there.
struct JavaExceptionPending {};

void must_be_fine(JNIEnv* env) {
  if (env->ExceptionCheck()) throw JavaExceptionPending{};
}

Bytes to_bytes(JNIEnv* env, jbyteArray array) {
  if (!array) return {};
  Bytes bytes(static_cast<std::size_t>(env->GetArrayLength(array)));
  env->GetByteArrayRegion(array, 0, static_cast<jsize>(bytes.size()),
                          reinterpret_cast<jbyte*>(bytes.data()));
  must_be_fine(env);
  return bytes;
}

std::string to_string(JNIEnv* env, jbyteArray array) {
  return std::string(as_text(to_bytes(env, array)));
}

jbyteArray to_java(JNIEnv* env, ByteView bytes) {
  const auto size = static_cast<jsize>(bytes.size());
  jbyteArray array = env->NewByteArray(size);
  if (!array) throw JavaExceptionPending{};
  env->SetByteArrayRegion(array, 0, size, reinterpret_cast<const jbyte*>(bytes.data()));
  must_be_fine(env);
  return array;
}

constexpr jint no_partition = -1;
constexpr jlong no_offset = -1;

void throw_teller_exception(JNIEnv* env, const Error& error, jint partition = no_partition,
                            jlong offset = no_offset) {
  if (env->ExceptionCheck()) return;
  jclass type = env->FindClass("org/teller/spark/TellerException");
  if (!type) return;
  jmethodID make = env->GetMethodID(type, "<init>", "([BI[BIJ)V");
  if (!make) return;
  try {
    jobject exception = env->NewObject(type, make, to_java(env, as_bytes(error.code)),
                                       static_cast<jint>(error.remedy),
                                       to_java(env, as_bytes(error.detail)), partition, offset);
    if (exception) env->Throw(static_cast<jthrowable>(exception));
  } catch (const JavaExceptionPending&) {
  }
}

// Thrown inside guarded(): an error on its way out.
struct Thrown {
  Error error;
  jint partition = no_partition;
  jlong offset = no_offset;
};

template <typename T>
T or_throw(Result<T> result, jint partition = no_partition) {
  if (!result) throw Thrown{std::move(result).error(), partition};
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// Runs `body`; whatever goes wrong in it becomes an exception of the JVM, and `otherwise` returned.
template <typename Body, typename R = std::invoke_result_t<Body>>
R guarded(JNIEnv* env, R otherwise, Body body, jint partition = no_partition) {
  try {
    return body();
  } catch (const JavaExceptionPending&) {
  } catch (const Thrown& thrown) {
    throw_teller_exception(env, thrown.error, thrown.partition, thrown.offset);
  } catch (const CheckFailed& failed) {
    throw_teller_exception(env, {Remedy::stop, "check.failed", failed.what()}, partition);
  } catch (const std::bad_alloc&) {
    throw_teller_exception(env, {Remedy::retry, "host.memory", "no memory is left"}, partition);
  } catch (const std::exception& other) {
    throw_teller_exception(env, {Remedy::stop, "check.failed", other.what()}, partition);
  }
  return otherwise;
}

// The one core of this process.
std::mutex core_opening;
std::unique_ptr<ExecutorCore> core;

struct StoreHandle {
  std::mutex busy;
  std::unique_ptr<CountStore> store;
  CountFile count;
};

StoreHandle& store_of(jlong handle) { return *reinterpret_cast<StoreHandle*>(handle); }

}  // namespace
}  // namespace teller

extern "C" {

using namespace teller;

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM*, void*) {
  throw_on_check();
  return JNI_VERSION_10;
}

// ------------------------------------------------------------------------------- NativeConfig

JNIEXPORT jbyteArray JNICALL Java_org_teller_spark_NativeConfig_read(JNIEnv* env, jclass,
                                                                     jbyteArray file) {
  return guarded(env, jbyteArray{}, [&] {
    const Config config = or_throw(load_config(to_string(env, file)));
    const auto kafka = or_throw(need(config, config.kafka, "kafka"));
    const auto postgres = or_throw(need(config, config.postgres, "postgres"));
    Bytes out;
    ByteWriter writer(out);
    writer.text16(config.count.home.string());
    writer.text16(config.segments.directory.string());
    writer.text16(kafka.brokers);
    writer.text16(kafka.ca.string());
    writer.text16(kafka.identities.string());
    writer.text16(kafka.entries);
    writer.text16(postgres.conninfo_as("teller_writer"));
    return to_java(env, out);
  });
}

JNIEXPORT jbyteArray JNICALL Java_org_teller_spark_NativeConfig_describeCount(JNIEnv* env, jclass,
                                                                              jbyteArray count) {
  return guarded(env, jbyteArray{}, [&] {
    const CountFile parsed = or_throw(parse_count_for_service(to_string(env, count)));
    Bytes out;
    ByteWriter writer(out);
    writer.text16(parsed.id.hex());
    writer.text16(to_text(parsed.mode));
    writer.u16(parsed.partitions);
    writer.u64(static_cast<std::uint64_t>(parsed.step.interval.count()));
    return to_java(env, out);
  });
}

// --------------------------------------------------------------------------------- NativeCore

JNIEXPORT void JNICALL Java_org_teller_spark_NativeCore_open(JNIEnv* env, jclass, jbyteArray rules,
                                                             jbyteArray count,
                                                             jbyteArray segments) {
  guarded(env, 0, [&] {
    const std::string rules_text = to_string(env, rules), count_text = to_string(env, count);
    const std::lock_guard lock(core_opening);
    if (!core)
      core = or_throw(ExecutorCore::open(rules_text, count_text,
                                         std::filesystem::path(to_string(env, segments))));
    else if (!core->holds(rules_text, count_text))
      throw Thrown{{Remedy::reject, "count.other", "this executor process counts another count"}};
    return 0;
  });
}

JNIEXPORT jbyteArray JNICALL Java_org_teller_spark_NativeCore_step(
    JNIEnv* env, jclass, jint partition, jlong number, jlong position, jbyteArray root,
    jlong log_size, jlongArray offsets, jobjectArray records) {
  return guarded(
      env, jbyteArray{},
      [&] {
        // Set once, before any task runs, and never changed.
        if (!core) throw Thrown{{Remedy::stop, "check.failed", "step() before open()"}, partition};
        const jsize size = env->GetArrayLength(offsets);
        std::vector<jlong> at(static_cast<std::size_t>(size));
        env->GetLongArrayRegion(offsets, 0, size, at.data());
        must_be_fine(env);

        std::vector<Bytes> bytes;
        std::vector<OffsetRecord> views;
        bytes.reserve(at.size());
        views.reserve(at.size());
        for (jsize i = 0; i < size; ++i) {
          auto* record = static_cast<jbyteArray>(env->GetObjectArrayElement(records, i));
          must_be_fine(env);
          bytes.push_back(to_bytes(env, record));
          env->DeleteLocalRef(record);
          views.push_back(
              {static_cast<std::uint64_t>(at[static_cast<std::size_t>(i)]), bytes.back()});
        }

        Committed committed{.number = static_cast<std::uint64_t>(number),
                            .position = static_cast<std::uint64_t>(position),
                            .log_size = static_cast<std::uint64_t>(log_size)};
        const Bytes root_bytes = to_bytes(env, root);
        check(root_bytes.size() == committed.root.size(), "a root has 32 bytes");
        std::ranges::copy(root_bytes, committed.root.begin());

        auto change = core->step(static_cast<std::uint16_t>(partition), committed, views);
        if (!change)
          throw Thrown{
              change.error().error, partition,
              change.error().offset ? static_cast<jlong>(*change.error().offset) : no_offset};
        return to_java(env, *change);
      },
      partition);
}

// -------------------------------------------------------------------------------- NativeStore

JNIEXPORT jlong JNICALL Java_org_teller_spark_NativeStore_open(JNIEnv* env, jclass,
                                                               jbyteArray conninfo,
                                                               jbyteArray count) {
  return guarded(env, jlong{0}, [&] {
    auto handle = std::make_unique<StoreHandle>();
    handle->count = or_throw(CountFile::parse(to_string(env, count), "count.json"));
    handle->store = std::make_unique<PostgresStore>(to_string(env, conninfo));
    or_throw(handle->store->open(handle->count));
    return reinterpret_cast<jlong>(handle.release());
  });
}

JNIEXPORT void JNICALL Java_org_teller_spark_NativeStore_wantStop(JNIEnv*, jclass) { want_stop(); }

JNIEXPORT void JNICALL Java_org_teller_spark_NativeStore_close(JNIEnv*, jclass, jlong handle) {
  delete reinterpret_cast<StoreHandle*>(handle);
}

JNIEXPORT jbyteArray JNICALL Java_org_teller_spark_NativeStore_positions(JNIEnv* env, jclass,
                                                                         jlong handle) {
  return guarded(env, jbyteArray{}, [&] {
    StoreHandle& of = store_of(handle);
    const std::lock_guard lock(of.busy);
    const std::vector<PartitionRow> rows = or_throw(of.store->partitions());
    Bytes out;
    ByteWriter writer(out);
    writer.u32(static_cast<std::uint32_t>(rows.size()));
    for (const PartitionRow& row : rows) {
      writer.u16(row.partition);
      writer.u64(row.committed.number);
      writer.u64(row.committed.position);
      writer.u64(row.committed.log_size);
      writer.raw(ByteView(row.committed.root));
      writer.u64(row.outcomes.recorded());
      writer.u8(row.halted ? 1 : 0);
      writer.text16(row.halted_because);
    }
    return to_java(env, out);
  });
}

JNIEXPORT jbyteArray JNICALL Java_org_teller_spark_NativeStore_commit(JNIEnv* env, jclass,
                                                                      jlong handle,
                                                                      jobjectArray changes,
                                                                      jlong now_us) {
  return guarded(env, jbyteArray{}, [&] {
    std::vector<Bytes> encoded;
    const jsize size = env->GetArrayLength(changes);
    for (jsize i = 0; i < size; ++i) {
      auto* change = static_cast<jbyteArray>(env->GetObjectArrayElement(changes, i));
      must_be_fine(env);
      encoded.push_back(to_bytes(env, change));
      env->DeleteLocalRef(change);
    }
    StoreHandle& of = store_of(handle);
    const std::lock_guard lock(of.busy);
    const CommitOutcome outcome = or_throw(of.store->commit(encoded, now_us));
    Bytes out;
    ByteWriter writer(out);
    writer.u64(outcome.commit);
    writer.u32(static_cast<std::uint32_t>(outcome.verdicts.size()));
    for (const Verdict& verdict : outcome.verdicts) {
      writer.u8(verdict.accepted ? 1 : 0);
      writer.text16(verdict.refusal.code);
      writer.text16(verdict.refusal.detail);
    }
    return to_java(env, out);
  });
}

JNIEXPORT jbyteArray JNICALL Java_org_teller_spark_NativeStore_missingSteps(
    JNIEnv* env, jclass, jlong handle, jint partition, jbyteArray segments, jint limit) {
  return guarded(
      env, jbyteArray{},
      [&] {
        DirectorySegments directory(to_string(env, segments));
        StoreHandle& of = store_of(handle);
        const std::lock_guard lock(of.busy);
        const auto missing =
            or_throw(missing_steps(*of.store, directory, static_cast<std::uint16_t>(partition),
                                   static_cast<std::size_t>(limit)),
                     partition);
        Bytes out;
        ByteWriter writer(out);
        writer.u32(static_cast<std::uint32_t>(missing.size()));
        for (const MissingStep& step : missing) {
          writer.u64(step.before.number);
          writer.u64(step.before.position);
          writer.u64(step.before.log_size);
          writer.raw(ByteView(step.before.root));
          writer.u64(step.to);
        }
        return to_java(env, out);
      },
      partition);
}

JNIEXPORT void JNICALL Java_org_teller_spark_NativeStore_halt(JNIEnv* env, jclass, jlong handle,
                                                              jint partition, jbyteArray because) {
  guarded(
      env, 0,
      [&] {
        StoreHandle& of = store_of(handle);
        const std::lock_guard lock(of.busy);
        or_throw(of.store->halt(static_cast<std::uint16_t>(partition), to_string(env, because)),
                 partition);
        return 0;
      },
      partition);
}

JNIEXPORT void JNICALL Java_org_teller_spark_NativeStore_bindJournal(JNIEnv* env, jclass,
                                                                     jlong handle,
                                                                     jbyteArray journal) {
  guarded(env, 0, [&] {
    StoreHandle& of = store_of(handle);
    const std::lock_guard lock(of.busy);
    or_throw(of.store->bind_journal(to_string(env, journal)));
    return 0;
  });
}

}  // extern "C"
