// A request that waits for its answer: what an HttpResponder holds.
//
// What always holds: a request is answered once; one that is dropped is answered 500. It keeps the
// core of the server alive and its share of the budget taken, and only looks for its session: the
// answer may come when the connection, or the whole server, is gone, and then nobody hears it. Safe
// from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "http/body_budget.h"
#include "http/http_server.h"

namespace teller {

class HttpSession;

class HttpResponder::Exchange {
 public:
  Exchange(std::shared_ptr<HttpServerCore> core, std::weak_ptr<HttpSession> session,
           std::uint64_t serial, BodyShare share);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void send(HttpResponse response);

 private:
  std::shared_ptr<HttpServerCore> core_;
  std::weak_ptr<HttpSession> session_;
  std::uint64_t serial_;
  BodyShare share_;
  std::atomic<bool> answered_{false};
};

}  // namespace teller
