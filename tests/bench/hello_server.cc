// RESTinio's hello-world over TLS, as its documentation has it, with a body of the size that is asked for: what any server on that
// library must spend on a GET.
//
// Usage: hello_server CERTIFICATE PRIVATE_KEY PORT BODY_SIZE
#include <asio.hpp>
#include <asio/ssl.hpp>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <restinio/http_server_run.hpp>
#include <restinio/tls.hpp>
#include <string>
#include <utility>

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.use_certificate_chain_file(argv[1]);
  tls.use_private_key_file(argv[2], asio::ssl::context::pem);
  using Traits = restinio::single_thread_tls_traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t>;
  restinio::run(restinio::on_this_thread<Traits>()
                    .address("127.0.0.1")
                    .port(static_cast<uint16_t>(std::atoi(argv[3])))
                    .tls_context(std::move(tls))
                    .request_handler([body = std::string(static_cast<size_t>(std::atoi(argv[4])), 'h')](const auto& request) {
                      return request->create_response()
                          .append_header(restinio::http_field::server, "RESTinio hello world")
                          .append_header_date_field()
                          .append_header(restinio::http_field::content_type, "text/plain; charset=utf-8")
                          .set_body(body)
                          .done();
                    }));
  return 0;
}
