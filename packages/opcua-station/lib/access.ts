import type { ISessionContext } from "node-opcua-address-space";
import { MessageSecurityMode } from "node-opcua-types";

/** Whether somebody may do more than read: who has said who he is, and over a channel that others do not read. */
export function mayCall({ session }: ISessionContext): boolean {
  const { userIdentityToken, channel } = session ?? {};
  if (!userIdentityToken || userIdentityToken.schema.name === "AnonymousIdentityToken") return false;
  return channel?.securityMode === MessageSecurityMode.SignAndEncrypt;
}
