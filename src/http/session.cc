#include "http/session.h"

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "http/exchange.h"
#include "http/http_server_core.h"
#include "http/lower_case.h"
#include "http/refusals.h"
#include "http/request_body.h"
#include "http/senders.h"

namespace teller {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;

namespace {

// A refused body that is not longer than this is read and thrown away, so that its connection can
// go on; of a longer one only so much is read before the connection ends.
constexpr std::uint64_t discard_and_go_on_max = 1U << 20;
constexpr std::uint64_t discard_max = 16U << 20;
constexpr auto discard_timeout = std::chrono::seconds(5);
constexpr auto shutdown_timeout = std::chrono::seconds(2);

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// One connection. Everything in it happens on its strand.
template <class Stream>
class Session final : public HttpSession {
 public:
  static constexpr bool is_tls = !std::is_same_v<Stream, beast::tcp_stream>;

  Session(std::shared_ptr<HttpServerCore> core, Stream stream, bool one_too_many)
      : core_(std::move(core)),
        options_(core_->options),
        stream_(std::move(stream)),
        answer_timer_(stream_.get_executor()),
        buffer_(core_->options.header_bytes_max + 65536),
        one_too_many_(one_too_many) {}

  void run() override {
    if constexpr (is_tls) {
      expires_after(options_.header_timeout);
      stream_.async_handshake(ssl::stream_base::server,
                              [self = self()](error_code error) { self->on_handshake(error); });
    } else {
      sender_ = "loopback";
      wait_for_request();
    }
  }
  asio::any_io_executor executor() override { return stream_.get_executor(); }

  void close_if_idle() override {
    if (idle_) lowest().cancel();  // Its read ends, and that closes.
  }
  void close_now() override {
    error_code ignored;
    lowest().socket().close(ignored);
    end();
  }

  void answer(std::uint64_t serial, HttpResponse response) override {
    if (serial != serial_ || !waits_for_answer_)
      return;  // Too late: 504 went out, or nobody is here.
    waits_for_answer_ = false;
    answer_timer_.cancel();
    write(std::move(response), keep_alive_);
  }

 private:
  using Parser = http::request_parser<RequestBody>;

  std::shared_ptr<Session> self() { return std::static_pointer_cast<Session>(shared_from_this()); }
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }
  void expires_after(std::chrono::milliseconds time) { lowest().expires_after(time); }

  void on_handshake(error_code error) {
    if constexpr (is_tls) {
      if (error) {
        core_->handshakes_refused.fetch_add(1, std::memory_order_relaxed);
        return close_now();
      }
      if (!options_.client_ca.empty()) sender_ = common_name(stream_.native_handle());
      if (options_.client_ca.empty() && options_.tokens.empty()) sender_ = "loopback";
      wait_for_request();
    }
  }

  void wait_for_request() {
    if (buffer_.size() > 0) return read_header();
    if (core_->stopping) return close();
    idle_ = true;
    expires_after(options_.idle_timeout);
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = self()](error_code error, std::size_t bytes) {
                              self->idle_ = false;
                              if (error) return self->close();
                              self->buffer_.commit(bytes);
                              self->read_header();
                            });
  }

  void read_header() {
    parser_.emplace();
    parser_->header_limit(options_.header_bytes_max);
    // Looked at in on_header() and by the body itself. (Beast 1.74 takes none for 0.)
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    expires_after(options_.header_timeout);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = self()](error_code error, std::size_t) { self->on_header(error); });
  }

  void on_header(error_code error) {
    ++serial_;
    route_ = nullptr;
    done_reading_ = Clock::now();
    if (error == http::error::header_limit)
      return refuse(error_response(431, "http.header_too_large", "the header is too large"), false);
    if (error && error.category() == http::make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message)
      return refuse(error_response(400, "http.not_http", error.message()), false);
    if (error) return close();

    auto& request = parser_->get();
    keep_alive_ = request.keep_alive() && !one_too_many_;
    expects_continue_ = beast::iequals(request[http::field::expect], "100-continue");
    const std::string_view target = view(request.target());
    const std::size_t question = target.find('?');
    path_ = target.substr(0, question);
    query_ = question == std::string_view::npos ? "" : target.substr(question + 1);

    if (auto refusal = refusal_of_header()) return refuse(std::move(*refusal), true);
    if (parser_->is_done()) return dispatch();
    if (!expects_continue_) return read_body();
    expires_after(options_.write_timeout);
    continue_.emplace(http::status::continue_, request.version());
    http::async_write(stream_, *continue_, [self = self()](error_code failed, std::size_t) {
      if (failed) return self->close();
      self->expects_continue_ = false;
      self->read_body();
    });
  }

  std::optional<HttpResponse> refusal_of_header() {
    auto& request = parser_->get();
    auto& body = request.body();
    request_sender_ = sender_;

    auto route = find_route(core_->router, view(request.method_string()), path_);
    if (!route) return std::move(route.error());
    route_ = *route;
    if (one_too_many_ && route_->access != HttpAccess::anyone)
      return too_many_connections_response();
    if (route_->access != HttpAccess::anyone) {
      auto sender =
          core_->senders.sender_of(sender_, is_tls, view(request[http::field::authorization]));
      if (!sender) return std::move(sender.error());
      request_sender_ = std::move(*sender);
    }

    body.bytes_max = options_.body_bytes_max;
    body.share = BodyShare(core_->budget);
    const auto length = parser_->content_length();
    if (length && *length > options_.body_bytes_max)
      return too_large_response(options_.body_bytes_max);
    if (length && !body.share.grow_to(static_cast<std::size_t>(*length))) return full_response();
    return std::nullopt;
  }

  void read_body() {
    const auto length = parser_->content_length();
    const std::uint64_t expected = length ? *length : options_.body_bytes_max;
    expires_after(options_.body_timeout +
                  std::chrono::seconds(expected / options_.body_bytes_per_s_min));
    parser_->eager(true);
    read_body_some();
  }
  void read_body_some() {
    http::async_read_some(stream_, buffer_, *parser_,
                          [self = self()](error_code error, std::size_t) { self->on_body(error); });
  }
  void on_body(error_code error) {
    if (error) return close();  // Also when it was too slow: then the stream is closed already.
    done_reading_ = Clock::now();
    const auto& body = parser_->get().body();
    if (body.too_large) return refuse(too_large_response(options_.body_bytes_max), true);
    if (body.over_share) return refuse(full_response(), true);
    if (parser_->is_done()) return dispatch();
    read_body_some();
  }

  void dispatch() {
    HttpRequest request;
    auto& parsed = parser_->get();
    request.method = route_->method;
    request.path = path_;
    request.query = query_;
    for (const auto& field : parsed)
      if (field.name() != http::field::authorization)
        request.headers.emplace_back(lower_case(view(field.name_string())), view(field.value()));
    request.body = std::move(parsed.body().bytes);
    request.sender = request_sender_;
    done_reading_ = Clock::now();
    waits_for_answer_ = true;
    // The connection's own timeout stands still while the handler has the request.
    lowest().expires_never();
    answer_timer_.expires_after(options_.answer_timeout);
    answer_timer_.async_wait([self = self(), serial = serial_](error_code error) {
      if (error) return;
      self->answer(serial, error_response(504, "http.answer_timeout",
                                          "no answer in time; what came of it is unknown"));
    });
    route_->handler(std::move(request),
                    HttpResponder(std::make_shared<HttpResponder::Exchange>(
                        core_, weak_from_this(), serial_, std::move(parsed.body().share))));
  }

  // Answers without a handler. What is left of the body is read and thrown away if that is little;
  // otherwise the connection ends, after as much of it as lets the client see the answer.
  void refuse(HttpResponse response, bool readable) {
    discarding_ = readable && !parser_->is_done();
    unread_ = !readable;
    bool goes_on = readable && keep_alive_;
    if (discarding_) {
      parser_->get().body().begin_discarding();
      const auto left = parser_->content_length_remaining();
      goes_on = goes_on && !expects_continue_ && left && *left <= discard_and_go_on_max;
    }
    write(std::move(response), goes_on);
  }

  void write(HttpResponse response, bool goes_on) {
    goes_on = goes_on && !core_->stopping;
    response_.emplace();
    response_->version(11);
    response_->result(response.status);
    response_->set(http::field::content_type, response.content_type);
    response_->set(http::field::cache_control, "no-store");
    for (const auto& [name, value] : response.headers) response_->set(name, value);
    response_->keep_alive(goes_on);
    response_->body() = std::move(response.body);
    response_->prepare_payload();
    if (options_.observe)
      options_.observe(route_ != nullptr ? std::string_view(route_->path) : std::string_view(),
                       response.status, Clock::now() - done_reading_);
    expires_after(options_.write_timeout);
    http::async_write(stream_, *response_, [self = self(), goes_on](error_code error, std::size_t) {
      self->on_written(error, goes_on);
    });
  }
  void on_written(error_code error, bool goes_on) {
    response_.reset();
    if (error) return close();
    if (discarding_) {
      expires_after(discard_timeout);
      parser_->eager(true);
      return discard_some(goes_on);
    }
    parser_.reset();
    if (goes_on) return wait_for_request();
    close();
  }
  void discard_some(bool goes_on) {
    if (parser_->is_done()) {
      discarding_ = false;
      parser_.reset();
      return goes_on ? wait_for_request() : close();
    }
    unread_ = parser_->get().body().discarded > discard_max;
    if (unread_) return close();
    http::async_read_some(stream_, buffer_, *parser_,
                          [self = self(), goes_on](error_code error, std::size_t) {
                            if (error) return self->close();
                            self->discard_some(goes_on);
                          });
  }

  void close() {
    if (closing_) return;
    closing_ = true;
    idle_ = false;
    lowest().expires_after(shutdown_timeout);
    if constexpr (is_tls) {
      stream_.async_shutdown([self = self()](error_code) { self->close_gently(); });
    } else {
      close_gently();
    }
  }
  // Closing a socket with unread bytes resets the connection, and the client may lose the answer.
  void close_gently() {
    if (!unread_) return close_now();
    error_code ignored;
    lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
    buffer_.clear();
    lowest().async_read_some(buffer_.prepare(65536),
                             [self = self()](error_code error, std::size_t bytes) {
                               self->lingered_ += bytes;
                               if (error || self->lingered_ > discard_max)
                                 self->close_now();
                               else
                                 self->close_gently();
                             });
  }
  void end() {
    if (ended_) return;
    ended_ = true;
    closing_ = true;
    waits_for_answer_ = false;
    answer_timer_.cancel();
    core_->remove(shared_from_this());
  }

  const std::shared_ptr<HttpServerCore> core_;
  const HttpServerOptions& options_;
  Stream stream_;
  asio::steady_timer answer_timer_;
  beast::flat_buffer buffer_;
  std::string sender_;  // Of the connection.
  const bool one_too_many_;

  // Of the request that is being read or answered.
  std::uint64_t serial_ = 0;
  std::optional<Parser> parser_;
  std::optional<http::response<http::empty_body>> continue_;
  std::optional<http::response<http::string_body>> response_;
  const HttpRouter::Route* route_ = nullptr;
  std::string path_, query_, request_sender_;
  Clock::time_point done_reading_;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  bool waits_for_answer_ = false;
  bool discarding_ = false;

  bool idle_ = false;    // Waits for the first byte of a request.
  bool unread_ = false;  // The client may still be sending.
  std::uint64_t lingered_ = 0;
  bool closing_ = false;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<HttpSession> make_session(std::shared_ptr<HttpServerCore> core, tcp::socket socket,
                                          bool one_too_many) {
  using TlsStream = beast::ssl_stream<beast::tcp_stream>;
  beast::tcp_stream plain(std::move(socket));
  if (!core->tls)
    return std::make_shared<Session<beast::tcp_stream>>(std::move(core), std::move(plain),
                                                        one_too_many);
  TlsStream stream(std::move(plain), *core->tls);
  return std::make_shared<Session<TlsStream>>(std::move(core), std::move(stream), one_too_many);
}

}  // namespace teller
