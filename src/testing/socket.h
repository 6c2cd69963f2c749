// For tests only: a client that sends exactly the bytes it is told, when it is told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace teller {

class TestSocket {
 public:
  explicit TestSocket(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const timeval patience{60, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~TestSocket() { ::close(socket_); }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int native() const { return socket_; }

  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // The next answer as it stands on the wire, with its body. Empty when the connection ends first.
  std::string answer() {
    std::size_t head = 0;
    while ((head = seen_.find("\r\n\r\n")) == std::string::npos)
      if (!receive()) return {};
    head += 4;
    std::size_t length = 0;
    const std::size_t at = seen_.find("Content-Length: ");
    if (at < head) length = std::stoul(seen_.substr(at + 16));
    while (seen_.size() < head + length)
      if (!receive()) return {};
    std::string whole = seen_.substr(0, head + length);
    seen_.erase(0, head + length);
    return whole;
  }

  // The head of an answer that has no body whatever its length says: to HEAD.
  std::string head() {
    std::size_t end = 0;
    while ((end = seen_.find("\r\n\r\n")) == std::string::npos)
      if (!receive()) return {};
    std::string whole = seen_.substr(0, end + 4);
    seen_.erase(0, end + 4);
    return whole;
  }

  // Sends nothing more, and gives all that is answered until the server ends the connection.
  std::string everything() {
    ::shutdown(socket_, SHUT_WR);
    while (receive()) {
    }
    return std::exchange(seen_, {});
  }

  // True when the server ends the connection without saying anything more.
  bool ends() { return seen_.empty() && !receive(); }

 private:
  bool receive() {
    char buffer[4096];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
    if (size <= 0) return false;
    seen_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  bool connected_ = false;
  std::string seen_;
};

}  // namespace teller
