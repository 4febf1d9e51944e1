/** An HTTP proxy in front of a real S3 server that can be made to misbehave in the ways networks and stores do. */
import { Agent, createServer, request as send } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type Fault =
  /** Answers as the server does. */
  | 'none'
  /** 503 SlowDown: too many requests. */
  | 'slow-down'
  /** Takes the request and never answers. */
  | 'hang'
  /** Cuts the connection in the middle of the answer's body. */
  | 'cut-answer'
  /** Cuts the connection in the middle of the request's body. */
  | 'cut-request'
  /** Lets the server do what is asked, but loses the answer. */
  | 'lose-answer'
  /** 412 to conditional writes whose condition holds. */
  | 'refuse-condition'
  /** Every answer takes 0.4 s longer. */
  | 'slow';

export interface WholeAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** What a request gets instead of the server's own answer, which `ask` fetches; undefined: just that one. */
export type Instead = (request: IncomingMessage, ask: () => Promise<WholeAnswer>) => Promise<WholeAnswer> | undefined;

export class FaultProxy {
  /** Requests that met a fault. */
  faults = 0;
  /** Decides about each request; an exception to the rule is any other function of it. */
  decide: (request: IncomingMessage) => Fault = () => 'none';
  /** A store with habits of its own, for requests that meet no fault. */
  instead: Instead = () => undefined;
  /** Called for each answer of the server's. */
  answered: (request: IncomingMessage, status: number) => void = () => undefined;
  private readonly target: URL;
  private readonly agent = new Agent({ keepAlive: true });
  private server: Server;
  private port = 0;

  private constructor(target: string) {
    this.target = new URL(target);
    this.server = this.makeServer();
  }

  /** @param target where the real server is: `http://127.0.0.1:8333` */
  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.listen();
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The next `count` requests (that `matching` accepts) meet the fault. */
  next(count: number, fault: Fault, matching: (request: IncomingMessage) => boolean = () => true): void {
    let left = count;
    this.decide = (request) => (left > 0 && matching(request) ? (left--, fault) : 'none');
  }

  /** Nothing listens: connections break and new ones are refused. */
  async goDown(): Promise<void> {
    const closed = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    await closed;
  }

  async comeBack(): Promise<void> {
    this.server = this.makeServer();
    await this.listen();
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    if (this.server.listening) await this.goDown();
  }

  private makeServer(): Server {
    return createServer((request, response) => {
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      void this.answer(request, response).catch(() => response.destroy());
    });
  }

  private async listen(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(this.port, '127.0.0.1', done));
    this.port = (this.server.address() as AddressInfo).port;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.decide(request);
    if (fault !== 'none') this.faults++;
    switch (fault) {
      case 'hang':
        return;
      case 'cut-request':
        request.once('data', () => request.socket.destroy());
        if (request.headers['content-length'] === undefined) request.socket.destroy();
        return;
      case 'slow-down':
        return refuse(request, response, 503, 'SlowDown');
      case 'refuse-condition':
        return refuse(request, response, 412, 'PreconditionFailed');
      case 'slow':
        await delay(400);
        break;
      case 'none': {
        const whole = await this.instead(request, () => this.ask(request));
        if (whole === undefined) break;
        response.writeHead(whole.status, { ...whole.headers, 'content-length': whole.body.length });
        response.end(whole.body);
        return;
      }
      case 'cut-answer':
      case 'lose-answer':
        break;
    }
    const answer = await this.forward(request);
    this.answered(request, answer.statusCode ?? 0);
    if (fault === 'lose-answer') {
      answer.resume();
      response.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    if (fault !== 'cut-answer') {
      answer.pipe(response);
      return;
    }
    const [chunk] = (await answer.take(1).toArray()) as Buffer[];
    if (chunk !== undefined) response.write(chunk.subarray(0, Math.ceil(chunk.length / 2)));
    await delay(5);
    response.destroy();
  }

  private async ask(request: IncomingMessage): Promise<WholeAnswer> {
    const answer = await this.forward(request);
    const { 'transfer-encoding': _whole, ...headers } = answer.headers;
    return { status: answer.statusCode ?? 502, headers, body: Buffer.concat((await answer.toArray()) as Buffer[]) };
  }

  /** With the headers as they came: the host is part of what the client signed. */
  private forward(request: IncomingMessage): Promise<IncomingMessage> {
    const { expect: _answeredHere, ...headers } = request.headers;
    return new Promise((resolve, reject) => {
      const { hostname: host, port } = this.target;
      const options = { host, port, method: request.method, path: request.url, headers, agent: this.agent };
      request.pipe(send(options, resolve).on('error', reject));
    });
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: string): void {
  request.resume().once('end', () => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>words</Message></Error>`);
  });
}
