#include "gateway/body_workers.h"

namespace teller {

BodyWorkers::BodyWorkers(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

BodyWorkers::~BodyWorkers() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  came_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BodyWorkers::run(const std::string& sender, std::function<void()> work) {
  {
    const std::scoped_lock lock(mutex_);
    auto queue = std::ranges::find(turns_, sender, &Queue::sender);
    if (queue == turns_.end()) queue = turns_.insert(queue, Queue{sender, {}});
    queue->work.push_back(std::move(work));
  }
  came_.notify_one();
}

void BodyWorkers::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    came_.wait(lock, [this] { return stopping_ || !turns_.empty(); });
    if (stopping_) return;
    Queue queue = std::move(turns_.front());
    turns_.pop_front();
    auto work = std::move(queue.work.front());
    queue.work.pop_front();
    if (!queue.work.empty()) turns_.push_back(std::move(queue));
    lock.unlock();
    work();
    work = nullptr;  // What it held goes before the mutex is taken.
    lock.lock();
  }
}

}  // namespace teller
