// How the client says who it is with a name and a password: what stands on the wire, what it reads
// and when. (Whom it trusts and what its errors mean: http_server_test.cc.)
#include "http/http_client.h"

#include <future>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "testing/certificates.h"
#include "testing/folder.h"

namespace teller {
namespace {

using namespace std::chrono_literals;

// A TLS server of one connection that keeps what it is sent. (Ours hands no Authorization on.)
class Listener {
 public:
  explicit Listener(const TestCertificates::Files& files)
      : context_(SSL_CTX_new(TLS_server_method())), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    SSL_CTX_use_certificate_chain_file(context_, files.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    patient(socket_);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    url_ = fmt::format("https://127.0.0.1:{}", ntohs(address.sin_port));
  }
  ~Listener() {
    ::close(socket_);
    SSL_CTX_free(context_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }

  // Answers 200 to each of the next `requests` (none has a body); what each of them said.
  std::future<std::vector<std::string>> hear(std::size_t requests) {
    return std::async(std::launch::async, [this, requests] {
      std::vector<std::string> heard;
      const int connected = ::accept(socket_, nullptr, nullptr);
      patient(connected);
      SSL* connection = SSL_new(context_);
      SSL_set_fd(connection, connected);
      if (SSL_accept(connection) == 1)
        while (heard.size() < requests) {
          std::string request;
          char byte = 0;
          while (!request.ends_with("\r\n\r\n") && SSL_read(connection, &byte, 1) == 1)
            request += byte;
          if (!request.ends_with("\r\n\r\n")) break;
          heard.push_back(std::move(request));
          const std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
          SSL_write(connection, answer.data(), static_cast<int>(answer.size()));
        }
      SSL_free(connection);
      ::close(connected);
      return heard;
    });
  }

 private:
  // A client that never comes fails a test and does not hold it up for ever.
  static void patient(int socket) {
    const timeval patience{20, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  SSL_CTX* context_;
  int socket_;
  std::string url_;
};

class HttpClientTest : public testing::Test {
 protected:
  HttpClientOptions options(const std::string& url) {
    return {.url = url,
            .ca = certificates.ca(),
            .user = "publisher",
            .password_file = folder.file("password"),
            .answer_timeout = 20s};
  }

  TestFolder folder;
  TestCertificates certificates;
};

TEST_F(HttpClientTest, APasswordIsReadBeforeEachRequest) {
  Listener listener(certificates.issue("server"));
  auto client = HttpClient::open(options(listener.url()));
  ASSERT_TRUE(client) << to_text(client.error());
  auto heard = listener.hear(2);
  folder.write("password", "open sesame\r\n");
  const auto first = client->request("GET", "/", {}, {});
  folder.write("password", "changed");
  const auto second = client->request("POST", "/", {}, {{"Content-Type", "text/plain"}});
  ASSERT_TRUE(first && second);
  const auto requests = heard.get();
  ASSERT_EQ(requests.size(), 2U) << "one connection carries both";
  // publisher:open sesame, and publisher:changed, in Base64.
  EXPECT_NE(requests[0].find("\r\nAuthorization: Basic cHVibGlzaGVyOm9wZW4gc2VzYW1l\r\n"),
            std::string::npos)
      << requests[0];
  EXPECT_NE(requests[1].find("\r\nAuthorization: Basic cHVibGlzaGVyOmNoYW5nZWQ=\r\n"),
            std::string::npos)
      << requests[1];
  // No body, and none is read from our standard input.
  EXPECT_NE(requests[1].find("\r\nContent-Length: 0\r\n"), std::string::npos) << requests[1];
}

TEST_F(HttpClientTest, WithoutItsPasswordNothingIsSent) {
  Listener listener(certificates.issue("server"));
  auto client = HttpClient::open(options(listener.url()));
  ASSERT_TRUE(client) << to_text(client.error());
  const auto answer = client->request("GET", "/", {}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "http.client_invalid");
  EXPECT_NE(answer.error().detail.find("password"), std::string::npos) << answer.error().detail;
}

TEST_F(HttpClientTest, APasswordGoesOverHttpsOnly) {
  folder.write("password", "open sesame");
  const auto client = HttpClient::open(options("http://127.0.0.1:9200"));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, "http.client_invalid");
  EXPECT_EQ(client.error().detail.find("sesame"), std::string::npos);
}

}  // namespace
}  // namespace teller
