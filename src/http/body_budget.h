// Bounds the bytes of request bodies that are in memory, over all connections of a server.
//
// What always holds: the shares of one budget never add up to more than it has, and no sender holds
// more than he leaves free: one alone may have half of it, two a third each. So whoever is new finds
// room, whatever the others do. A share gives back what it took when it ends. No error: what asks
// for too much is told no and stays as it was. A budget may be used from any thread and outlives its
// shares; a share has one user at a time.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace teller {

class BodyBudget {
 public:
  explicit BodyBudget(std::size_t most) : most_(most) {}
  [[nodiscard]] bool take(const std::string& sender, std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    const auto held = by_sender_.find(sender);
    const std::size_t his = held == by_sender_.end() ? 0 : held->second;
    const std::size_t free = most_ - used_;
    if (bytes > free || his + bytes > free - bytes) return false;
    used_ += bytes;
    by_sender_[sender] += bytes;
    return true;
  }
  void give_back(const std::string& sender, std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    used_ -= bytes;
    const auto held = by_sender_.find(sender);
    held->second -= bytes;
    if (held->second == 0) by_sender_.erase(held);
  }
  [[nodiscard]] std::size_t used() const {
    const std::scoped_lock lock(mutex_);
    return used_;
  }

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;  // Of the next two.
  std::size_t used_ = 0;
  std::unordered_map<std::string, std::size_t> by_sender_;
};

// What one request holds of it.
class BodyShare {
 public:
  BodyShare() = default;
  BodyShare(BodyBudget& budget, std::string sender)
      : budget_(&budget), sender_(std::move(sender)) {}
  BodyShare(BodyShare&& other) noexcept
      : budget_(other.budget_),
        sender_(std::move(other.sender_)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  BodyShare& operator=(BodyShare&& other) noexcept {
    if (this == &other) return *this;
    release();
    budget_ = other.budget_;
    sender_ = std::move(other.sender_);
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  ~BodyShare() { release(); }
  // Makes it `bytes` in all.
  [[nodiscard]] bool grow_to(std::size_t bytes) {
    if (bytes <= bytes_) return true;
    if (!budget_->take(sender_, bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }
  void release() {
    if (bytes_ > 0) budget_->give_back(sender_, std::exchange(bytes_, 0));
  }

 private:
  BodyBudget* budget_ = nullptr;
  std::string sender_;
  std::size_t bytes_ = 0;
};

}  // namespace teller
