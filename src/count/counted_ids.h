// Which ids a partition has counted, each with the first 16 bytes of its leaf hash.
//
// Exact (all 128 bits of an id are compared) and open-addressed: a bucket is four ids in one cache
// line and their hashes in the next, what does not fit goes into the next bucket, and buckets that
// will be needed can be prefetched. The place of an id depends on a secret of the process, so that
// nobody can choose ids that collide; no result depends on it.
//
// It grows in steps, a 256th at a time and by a fifth, so that it is never copied as a whole and at
// most 84 in 100 places are taken: 38 to 46 bytes an id, where a table that doubles took 43 to 85 and
// half as much again while it did. The parts grow at different times: what is between is spread.
//
// Not thread-safe; owned by one Partition.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "election/entry.h"

namespace teller {

using HalfHash = std::array<std::uint8_t, 16>;

class CountedIds {
 public:
  CountedIds() {
    std::random_device random;
    for (std::uint64_t& key : keys_) key = (std::uint64_t{random()} << 32 | random()) | 1;
  }

  // So that insert() of `id` need not wait for memory, when it is called a few ids later.
  void prefetch(const EntryId& id) const {
    const std::uint64_t mixed = mix(load(id));
    const Part& part = parts_[part_of(mixed)];
    if (part.buckets == 0) return;
    const Bucket& bucket = part.at[bucket_of(mixed, part)];
    __builtin_prefetch(&bucket.ids, 1);
    __builtin_prefetch(&bucket.hashes, 1);
  }

  // Puts `id` in with `hash`, and gives nullptr; or gives the half hash that it stands in with
  // already, valid until the next call.
  [[nodiscard]] const HalfHash* insert(const EntryId& id, const HalfHash& hash) {
    const Words words = load(id);
    check(is_v4_or_v8(id), "what is counted has a UUID: none of them is all zeros or all ones");
    const std::uint64_t mixed = mix(words);
    Part& part = parts_[part_of(mixed)];
    if ((part.size + 1) * 100 > part.buckets * bucket_ids * 84) grow(part);
    const Place at = seek(part, words, mixed);
    Bucket& bucket = part.at[at.bucket];
    if (!is_empty(bucket.ids[at.slot])) return &bucket.hashes[at.slot];
    bucket.ids[at.slot] = words;
    bucket.hashes[at.slot] = hash;
    ++part.size;
    ++size_;
    return nullptr;
  }

  // The half hash that `id` stands in with, valid until the next call; nullptr when it is not in.
  [[nodiscard]] const HalfHash* find(const EntryId& id) const {
    const Words words = load(id);
    const std::uint64_t mixed = mix(words);
    const Part& part = parts_[part_of(mixed)];
    if (part.buckets == 0) return nullptr;
    const Place at = seek(part, words, mixed);
    const Bucket& bucket = part.at[at.bucket];
    return bucket.ids[at.slot] == words ? &bucket.hashes[at.slot] : nullptr;
  }

  // Takes out ids that are in. For what the store did not take: seldom, and slow.
  void take_back(std::span<const EntryId> ids) {
    std::array<bool, part_count> touched{};
    for (const EntryId& id : ids) {
      const Words words = load(id);
      const std::uint64_t mixed = mix(words);
      Part& part = parts_[part_of(mixed)];
      check(part.buckets > 0, "what is taken back was put in");
      const Place at = seek(part, words, mixed);
      Words& stands = part.at[at.bucket].ids[at.slot];
      check(stands == words, "what is taken back was put in");
      stands = gone;
      --part.size;
      --size_;
      touched[part_of(mixed)] = true;
    }
    for (std::size_t i = 0; i < part_count; ++i) {
      if (touched[i]) move_to(parts_[i], parts_[i].buckets);
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  // Of memory, for the ids.
  [[nodiscard]] std::size_t bytes() const {
    std::size_t sum = 0;
    for (const Part& part : parts_) sum += part.buckets * sizeof(Bucket);
    return sum;
  }

 private:
  static constexpr std::size_t part_bits = 8, part_count = std::size_t{1} << part_bits;
  static constexpr std::size_t bucket_ids = 4;

  struct Words {
    std::uint64_t low = 0, high = 0;
    [[nodiscard]] bool operator==(const Words& other) const {
      return ((low ^ other.low) | (high ^ other.high)) == 0;
    }
  };
  static constexpr Words gone{~std::uint64_t{0}, ~std::uint64_t{0}};  // No such UUID either.
  static bool is_empty(const Words& words) { return (words.low | words.high) == 0; }

  struct alignas(64) Bucket {
    std::array<Words, bucket_ids> ids;
    std::array<HalfHash, bucket_ids> hashes;
  };
  struct Part {
    std::unique_ptr<Bucket[]> at;
    std::size_t buckets = 0, size = 0;
  };
  struct Place {
    std::size_t bucket, slot;
  };

  static Words load(const EntryId& id) {
    Words words;
    std::memcpy(&words.low, id.bytes.data(), 8);
    std::memcpy(&words.high, id.bytes.data() + 8, 8);
    return words;
  }
  [[nodiscard]] std::uint64_t mix(const Words& words) const {
    const std::uint64_t mixed =
        (words.low ^ keys_[0]) * keys_[1] ^ std::rotl(words.high * keys_[2], 29);
    return mixed * keys_[3];
  }
  static std::size_t part_of(std::uint64_t mixed) { return mixed >> (64 - part_bits); }
  // The 32 bits behind those of the part, as a share of the buckets.
  static std::size_t bucket_of(std::uint64_t mixed, const Part& part) {
    return ((mixed << part_bits) >> 32U) * part.buckets >> 32U;
  }

  // Where `words` stand, or the first empty place of their chain. There is one: parts are never full.
  static Place seek(const Part& part, const Words& words, std::uint64_t mixed) {
    for (std::size_t bucket = bucket_of(mixed, part);;) {
      const std::array<Words, bucket_ids>& ids = part.at[bucket].ids;
      for (std::size_t slot = 0; slot < bucket_ids; ++slot) {
        if (ids[slot] == words || is_empty(ids[slot])) return {bucket, slot};
      }
      if (++bucket == part.buckets) bucket = 0;
    }
  }
  void grow(Part& part) {
    constexpr std::size_t small = 64;
    std::size_t buckets = part.buckets == 0 ? 1 : part.buckets * 2;
    if (part.buckets >= small) {
      buckets = part.buckets + part.buckets / 5;
    } else if (buckets >= small) {
      // A fifth apart from the first to the last: so they grow one after the other.
      const auto number = static_cast<std::size_t>(&part - parts_.data());
      buckets = small + small * number / (5 * part_count);
    }
    move_to(part, buckets);
  }
  void move_to(Part& part, std::size_t buckets) {
    Part fresh{std::make_unique<Bucket[]>(buckets), buckets, part.size};
    for (std::size_t i = 0; i < part.buckets; ++i) {
      const Bucket& bucket = part.at[i];
      for (std::size_t slot = 0; slot < bucket_ids; ++slot) {
        const Words& words = bucket.ids[slot];
        if (is_empty(words) || words == gone) continue;
        const Place at = seek(fresh, words, mix(words));
        fresh.at[at.bucket].ids[at.slot] = words;
        fresh.at[at.bucket].hashes[at.slot] = bucket.hashes[slot];
      }
    }
    part = std::move(fresh);
  }

  std::array<std::uint64_t, 4> keys_{};
  std::vector<Part> parts_{part_count};
  std::size_t size_ = 0;
};

}  // namespace teller
