// Threads that read the bodies of requests, so that those of the HTTP server are free to answer
// others: a body of rubbish may take a second, and health is asked every few.
//
// What always holds: who has sent much waits behind who has sent little, because senders take turns.
// What waits is bounded by the server's budget of bodies. Work that nobody began when this is
// destroyed is dropped. Any thread may call run(); work must not throw.
//
// Hosts own one, made before the server and destroyed after it.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace teller {

class BodyWorkers {
 public:
  explicit BodyWorkers(unsigned threads = std::max(1U, std::thread::hardware_concurrency()));
  ~BodyWorkers();
  BodyWorkers(const BodyWorkers&) = delete;
  BodyWorkers& operator=(const BodyWorkers&) = delete;

  void run(const std::string& sender, std::function<void()> work);

 private:
  struct Queue {
    std::string sender;
    std::deque<std::function<void()>> work;
  };
  void serve();

  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Queue> turns_;  // Of each sender who has work here; the first is next.
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace teller
