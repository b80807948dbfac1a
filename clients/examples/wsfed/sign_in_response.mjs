// Makes WS-Federation sign-in responses with a SAML 2.0 assertion that Signet signs.
import {buildAssertion, escapeXml, signAssertion} from '../saml/saml_assertion.mjs';

// Returns a RequestSecurityTokenResponse, as XML. The browser posts it to `replyTo` as `wresult`, with `wa=wsignin1.0` and the `wctx`
// of the request. `realm` is the relying party's wtrealm.
export function signedSignInResponse({sign, algorithm, issuer, realm, replyTo, nameId, ...times}) {
  const {xml, id, issued, ends} = buildAssertion({issuer, audience: realm, recipient: replyTo, nameId, ...times});
  const response =
    `<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust">` +
    `<t:Lifetime xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">` +
    `<wsu:Created>${issued}</wsu:Created><wsu:Expires>${ends}</wsu:Expires></t:Lifetime>` +
    `<wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy">` +
    `<wsa:EndpointReference xmlns:wsa="http://www.w3.org/2005/08/addressing"><wsa:Address>${escapeXml(realm)}</wsa:Address>` +
    `</wsa:EndpointReference></wsp:AppliesTo><t:RequestedSecurityToken>${xml}</t:RequestedSecurityToken>` +
    `<t:TokenType>urn:oasis:names:tc:SAML:2.0:assertion</t:TokenType>` +
    `<t:RequestType>http://schemas.xmlsoap.org/ws/2005/02/trust/Issue</t:RequestType>` +
    `<t:KeyType>http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey</t:KeyType></t:RequestSecurityTokenResponse>`;
  return signAssertion(response, id, {sign, algorithm});
}
