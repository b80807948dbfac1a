#include "server/http/request_handler.h"

#include <cstdint>
#include <string>
#include <utility>

namespace signet::http {
namespace {

Request ReadRequest(const restinio::request_t& handle, OpenConnections& open) {
  const restinio::http_request_header_t& header = handle.header();
  Request request = {
      .method = header.method().c_str(), .target = header.request_target(), .minor_version = header.http_minor(), .fields = {}};
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

void Write(restinio::request_t& handle, Response response, bool last) {
  auto builder = handle.create_response<restinio::user_controlled_output_t>(restinio::http_status_line_t(
      restinio::http_status_code_t(static_cast<uint16_t>(response.status)), std::string(ReasonPhrase(response.status))));
  for (auto& [name, value] : response.fields) builder.append_header(std::move(name), std::move(value));
  if (last) builder.connection_close();
  builder.set_content_length(response.content_length).append_body(std::move(response.body)).done();
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
  asio::post(flow_.io_context, [&flow = flow_, handle] {
    // The event loop may not end before the answer has come back to it: RESTinio's connection must not die on another thread.
    auto reply = [&flow, handle, guard = asio::make_work_guard(flow.io_context)](Response response) mutable {
      // At once, if this is the thread of the event loop.
      asio::dispatch(flow.io_context, [&flow, handle = std::move(handle), guard = std::move(guard),
                                       response = std::move(response)]() mutable { Answer(flow, *handle, std::move(response)); });
    };
    flow.responder->Respond(ReadRequest(*handle, flow.open), std::move(reply));
  });
  return restinio::request_accepted();
}

}  // namespace signet::http
