// Which ids a partition has counted, each with the first 16 bytes of its leaf hash.
//
// Exact (all 128 bits of an id are compared) and open-addressed: one cache line holds two slots,
// look-ups of a batch can be prefetched. The place of an id depends on a secret of the process, so
// that nobody can choose ids that collide; no result depends on it.
//
// Not thread-safe; owned by one Partition.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <random>
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
    resize(1024);
  }

  void prefetch(const EntryId& id) const { __builtin_prefetch(&slots_[place(load(id))]); }

  // The half hash kept for `id`, or nullptr. Valid until the next insert.
  [[nodiscard]] const HalfHash* find(const EntryId& id) const {
    const Words words = load(id);
    for (std::size_t at = place(words);; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.id == words) return &slot.hash;
      if (slot.empty()) return nullptr;
    }
  }

  // The id must not be in yet.
  void insert(const EntryId& id, const HalfHash& hash) {
    if ((size_ + 1) * 4 > slots_.size() * 3) resize(slots_.size() * 2);
    put({load(id), hash});
    ++size_;
  }

  void reserve(std::size_t ids) {
    const std::size_t slots = std::bit_ceil(std::max<std::size_t>(1024, ids * 4 / 3 + 1));
    if (slots > slots_.size()) resize(slots);
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  template <typename Each>
  void for_each(Each each) const {
    for (const Slot& slot : slots_) {
      if (slot.empty()) continue;
      EntryId id;
      std::memcpy(id.bytes.data(), slot.id.data(), 16);
      each(id, slot.hash);
    }
  }

  void clear() {
    slots_.assign(1024, Slot{});
    slots_.shrink_to_fit();
    mask_ = 1023;
    shift_ = 64 - 10;
    size_ = 0;
  }

 private:
  using Words = std::array<std::uint64_t, 2>;
  struct Slot {
    Words id{};  // No UUID of version 4 or 8 is all zeros.
    HalfHash hash{};
    [[nodiscard]] bool empty() const { return id[0] == 0 && id[1] == 0; }
  };

  static Words load(const EntryId& id) {
    Words words;
    std::memcpy(words.data(), id.bytes.data(), 16);
    return words;
  }
  [[nodiscard]] std::size_t place(const Words& words) const {
    const std::uint64_t mixed =
        (words[0] ^ keys_[0]) * keys_[1] ^ std::rotl(words[1] * keys_[2], 29);
    return static_cast<std::size_t>((mixed * keys_[3]) >> shift_);
  }
  void put(const Slot& slot) {
    std::size_t at = place(slot.id);
    while (!slots_[at].empty()) at = (at + 1) & mask_;
    slots_[at] = slot;
  }
  void resize(std::size_t slots) {
    std::vector<Slot> old(slots);
    old.swap(slots_);
    mask_ = slots - 1;
    shift_ = 64 - std::countr_zero(slots);
    for (const Slot& slot : old) {
      if (!slot.empty()) put(slot);
    }
  }

  std::array<std::uint64_t, 4> keys_{};
  std::vector<Slot> slots_;
  std::size_t mask_ = 0, size_ = 0;
  int shift_ = 0;
};

}  // namespace teller
