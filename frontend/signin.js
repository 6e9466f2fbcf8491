// Signing in with Amazon Cognito: the tokens, and what the dialog in index.html does. Where tokens are kept, and why: docs/decisions/tokens-on-the-page.md

import { config, need, recount, session, set, state, tell } from "./core.js";
import { forgetAll } from "./facts.js";
import { closeModal, modal, openModal } from "./dialogs.js";

const LEAD_MS = 60_000; // before its end a token is renewed
const PATIENCE_MS = 10_000;

const { auth } = await config();
document.body.append(need("template#sign-in").content);
const dialog = need("dialog#account");
const form = need("form", dialog);
const problem = need(".problem", form);
const email = need("input[name=email]", form);
const password = need("input[name=password]", form);
const code = need("input[name=code]", form);
const fresh = need("input[name=fresh]", form);
let challenge = { ChallengeName: "", Session: "", user: "" };
let who = { sub: "", email: "" };
let access = "";
let until = 0;
let step = "enter";
let busy = false;
/** @type {Promise<string> | undefined} */
let renewing;

/** Steps, and what else can be done at one, are called as in index.html. @type {SignIn} */
const own = {
  // --- what Cognito is asked

  async ask(action, body) {
    const request = {
      method: "POST",
      headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": `AWSCognitoIdentityProviderService.${action}` },
      body: JSON.stringify(body.AccessToken ? body : { ClientId: auth?.client_id, ...body }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    };
    const answer = await fetch(new URL("/", auth?.endpoint ?? auth?.issuer), request).catch(() => null);
    const told = (await answer?.json().catch(() => null)) ?? {};
    if (answer?.ok) return told;
    const kind = told.__type?.replace(/.*#|Exception/g, "") ?? "Lost";
    throw /^(Limit|TooMany)|exceeded/.test(kind + told.message) ? "Limit" : kind;
  },

  begin: (AuthFlow, AuthParameters) => own.ask("InitiateAuth", { AuthFlow, AuthParameters }),

  /** Whether there is such an account is nobody's business. */
  hush(kind) {
    if (!/NotAuth|User|InvalidPar/.test(kind)) throw kind;
  },

  // --- tokens

  async token(refused) {
    if (access && access !== refused && Date.now() < until) return access;
    return (renewing ??= own.renew().finally(() => (renewing = undefined)));
  },

  async renew() {
    const { sub, refresh } = session;
    try {
      own.take((await own.begin("REFRESH_TOKEN_AUTH", { REFRESH_TOKEN: refresh })).AuthenticationResult);
      if (sub !== who.sub) location.reload(); // somebody else has signed in, in another tab
    } catch (kind) {
      if (/Lost|Limit|Internal/.test(`${kind}`)) throw kind;
      own.keep(sub, "");
      set({ signedIn: false, desk: null });
      tell("Your sign-in has ended.", "Sign in", () => void own.openAccount());
    }
    return access;
  },

  take({ AccessToken, IdToken, RefreshToken, ExpiresIn }) {
    access = AccessToken;
    until = Date.now() + ExpiresIn * 1000 - LEAD_MS;
    who = JSON.parse(atob((IdToken.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/")));
    if (session.sub && session.sub !== who.sub) forgetAll(); // what another one had under way
    own.keep(who.sub, RefreshToken ?? session.refresh);
  },

  keep(sub, refresh) {
    Object.assign(session, { sub, refresh });
    if (!refresh) access = "";
    try {
      if (sub) localStorage.signIn = `${sub} ${refresh}`;
      else delete localStorage.signIn;
    } catch {
      // forbidden here: it lasts as long as the page
    }
  },

  // --- what a step does

  async enter() {
    await own.arrive(await own.begin("USER_PASSWORD_AUTH", { USERNAME: email.value, PASSWORD: password.value }));
  },

  async arrive({ AuthenticationResult, ChallengeName, ChallengeParameters, Session }) {
    if (ChallengeName === "NEW_PASSWORD_REQUIRED") {
      challenge = { ChallengeName, Session, user: ChallengeParameters?.USER_ID_FOR_SRP ?? email.value };
      return own.show("first");
    }
    if (!AuthenticationResult) throw ChallengeName;
    const before = who.sub;
    own.take(AuthenticationResult);
    if (before !== who.sub) return location.reload(); // what was fetched for nobody is fetched anew
    own.close();
    set({ signedIn: true });
    await recount();
  },

  async first() {
    const { user, ...rest } = challenge;
    await own.arrive(await own.ask("RespondToAuthChallenge", { ...rest, ChallengeResponses: { USERNAME: user, NEW_PASSWORD: fresh.value } }));
  },

  async forgot() {
    await own.ask("ForgotPassword", { Username: email.value }).catch(own.hush);
    own.show("reset");
  },

  async reset() {
    await own.ask("ConfirmForgotPassword", { Username: email.value, ConfirmationCode: code.value.trim(), Password: fresh.value });
    password.value = fresh.value;
    await own.enter();
  },

  async up() {
    await own.ask("SignUp", { Username: email.value, Password: fresh.value, UserAttributes: [{ Name: "email", Value: email.value }] }).catch(own.hush);
    password.value = fresh.value;
    own.show("confirm");
  },

  async confirm() {
    await own.ask("ConfirmSignUp", { Username: email.value, ConfirmationCode: code.value.trim() });
    await (password.value ? own.enter() : own.show("enter"));
  },

  async again() {
    const action = step === "reset" ? "ForgotPassword" : "ResendConfirmationCode";
    await own.ask(action, { Username: email.value }).catch(own.hush);
    own.show(step === "reset" ? step : "confirm");
  },

  async out() {
    await own.ask("RevokeToken", { Token: session.refresh }).catch(() => {}); // gone from here in any case
    own.leave();
  },

  async everywhere() {
    await own.ask("GlobalSignOut", { AccessToken: await own.token() });
    own.leave();
  },

  leave() {
    own.keep("", "");
    forgetAll();
    location.replace("./"); // nothing that was fetched stays
  },

  // --- the dialog

  async openAccount() {
    if (state.signedIn) await own.token().catch(() => {}); // who it is, or that it has ended
    own.show(state.signedIn ? "out" : auth?.client_id && (auth.region || auth.endpoint) ? "enter" : "foreign");
    openModal(dialog);
    own.focus();
  },

  close() {
    password.value = code.value = fresh.value = "";
    closeModal(dialog);
  },

  async show(next) {
    step = next;
    for (const part of dialog.querySelectorAll("[data-at]")) {
      part.hidden = !` ${part.dataset.at} `.includes(` ${step} `);
      for (const input of part.querySelectorAll("input")) input.disabled = part.hidden;
    }
    need(".whose", dialog).textContent = state.signedIn ? who.email : (auth?.issuer ?? "");
    problem.textContent = "";
    own.focus();
  },

  focus() {
    const asked = [email, password, code, fresh].filter(({ disabled }) => !disabled);
    (asked.find(({ value }) => !value) ?? asked[1] ?? asked[0] ?? dialog.querySelector(".button:not([hidden]), .close"))?.focus();
  },

  async run(deed) {
    if (busy) return;
    busy = true;
    problem.textContent = "";
    await own[deed]().catch(own.fail).catch(own.fail);
    busy = false;
  },

  async fail(kind) {
    if (kind === "UserNotConfirmed") return own.again();
    if (kind === "PasswordResetRequired") return own.show("forgot");
    const known = `[data-kind~=${`${kind}`.replace(/\W/g, "")}`;
    problem.textContent = need(`${known}-${step}], ${known}], [data-kind=other]`, dialog).textContent;
    own.focus();
  },
};

if (!auth?.sign_up) need(".up", form).remove();
modal(dialog, own.close);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void own.run(step);
});
form.addEventListener("click", ({ target }) => {
  const { to, run } = /** @type {HTMLElement} */ (target).dataset;
  if (to) own.show(to);
  if (run) void own.run(run);
});
// What one tab does the others follow.
addEventListener("storage", ({ key, newValue }) => {
  if (key && key !== "signIn") return;
  if (!newValue) return location.replace("./"); // signed out
  session.refresh = newValue.split(" ")[1] ?? "";
  set({ signedIn: Boolean(session.refresh) });
});

export const { token, openAccount } = own;
