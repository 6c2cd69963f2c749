// One connection: reads requests one after the other, has them answered, and ends.
//
// What always holds: the next request is read when the answer to the last one is out; whatever a
// client does, a timeout of the options ends it; a session that ended has left the core's register.
// A request that is refused is answered with the shape of error_response() and reaches no handler.
// There are no errors: what goes wrong on the connection ends it. run() to close_now() are called on
// the session's strand (executor()), where everything else in it happens too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/http_server.h"

namespace teller {

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  virtual ~HttpSession() = default;
  virtual void run() = 0;
  // The answer to request `serial`; nobody hears it if that one has been answered already.
  virtual void answer(std::uint64_t serial, HttpResponse response) = 0;
  virtual void close_if_idle() = 0;
  // Unless it has a request of a known sender by now.
  virtual void give_way() = 0;
  virtual void close_now() = 0;
  virtual boost::asio::any_io_executor executor() = 0;

  // Its place among those that wait for their clients: the core's, under its mutex.
  std::optional<std::pair<bool, std::uint64_t>> waits_at;
};

// Over TLS if the core has it. `one_too_many`: it answers who asks for health, others with 503, and
// ends after the first request.
[[nodiscard]] std::shared_ptr<HttpSession> make_session(std::shared_ptr<HttpServerCore> core,
                                                        boost::asio::ip::tcp::socket socket,
                                                        bool one_too_many);

}  // namespace teller
