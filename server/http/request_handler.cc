#include "server/http/request_handler.h"

#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace signet::http {
namespace {

using Time = std::chrono::steady_clock::time_point;

Request ReadRequest(const restinio::request_t& handle, OpenConnections& open, Time arrival) {
  const restinio::http_request_header_t& header = handle.header();
  Request request = {.method = header.method().c_str(),
                     .target = header.request_target(),
                     .minor_version = header.http_minor(),
                     .fields = {},
                     .arrival = arrival};
  request.fields.reserve(header.fields_count());
  header.for_each_field(
      [&request](const restinio::http_header_field_t& field) { request.fields.emplace_back(field.name(), field.value()); });
  if (!handle.body().empty()) request.body = Secret(handle.body());
  OpenConnections::Connection* const connection = open.Find(handle.connection_id());
  // Gone: nobody gets the answer.
  if (connection == nullptr) return request;
  if (connection->peer_address.empty()) connection->peer_address = handle.remote_endpoint().address().to_string();
  request.peer_address = connection->peer_address;
  request.peer_chain_pem = connection->peer_chain_pem;
  return request;
}

// The status line and the fields of a response. RESTinio would make an object of each field first.
std::string Head(const Response& response, bool keep_alive) {
  std::string head;
  head.reserve(512);
  absl::StrAppend(&head, "HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status));
  absl::StrAppend(&head, "\r\nConnection: ", keep_alive ? "keep-alive" : "close", "\r\nContent-Length: ", response.content_length,
                  "\r\n");
  for (const auto& [name, value] : response.fields) absl::StrAppend(&head, name, ": ", value, "\r\n");
  head += "\r\n";
  return head;
}

void Write(restinio::request_t& handle, Response response, bool last) {
  const bool keep_alive = handle.header().should_keep_alive() && !last;
  restinio::writable_items_container_t parts;
  parts.reserve(2);
  parts.emplace_back(Head(response, keep_alive));
  if (response.shared_body != nullptr) {
    parts.emplace_back(std::move(response.shared_body));
  } else if (!response.body.empty()) {
    parts.emplace_back(std::move(response.body));
  }
  // As its response builders do: a request is answered once.
  const restinio::impl::connection_handle_t connection = std::move(restinio::impl::access_req_connection(handle));
  connection->write_response_parts(handle.request_id(),
                                   {restinio::response_parts_attr_t::final_parts, restinio::response_connection_attr(keep_alive)},
                                   restinio::write_group_t(std::move(parts)));
}

void SetAwaited(RequestFlow& flow, const restinio::request_t& handle, bool is_awaited) {
  flow.awaited += is_awaited ? 1 : -1;
  OpenConnections::Connection* const connection = flow.open.Find(handle.connection_id());
  if (connection != nullptr) connection->is_awaited = is_awaited;
}

void Answer(RequestFlow& flow, restinio::request_t& handle, Response response) {
  SetAwaited(flow, handle, false);
  Write(handle, std::move(response), flow.draining);
  if (flow.draining && flow.awaited == 0) flow.on_drained();
}

}  // namespace

restinio::request_handling_status_t RequestHandler::operator()(const restinio::request_handle_t& handle) const {
  SetAwaited(flow_, *handle, true);
  // In a later turn of the event loop. Answered at once, RESTinio reads on while it writes, and gives up a connection on which
  // requests are pipelined ("response_context_table is full").
  asio::post(flow_.io_context, [&flow = flow_, handle, arrival = std::chrono::steady_clock::now()] {
    // The event loop may not end before the answer has come back to it: RESTinio's connection must not die on another thread.
    auto reply = [&flow, handle, guard = asio::make_work_guard(flow.io_context)](Response response) mutable {
      // At once, if this is the thread of the event loop.
      asio::dispatch(flow.io_context, [&flow, handle = std::move(handle), guard = std::move(guard),
                                       response = std::move(response)]() mutable { Answer(flow, *handle, std::move(response)); });
    };
    flow.responder->Respond(ReadRequest(*handle, flow.open, arrival), std::move(reply));
  });
  return restinio::request_accepted();
}

}  // namespace signet::http
