/**
 * Where a connection goes: the names of its address, and the network that it goes through. What rules look at has to be
 * known before one may decide; names that are only shown are filled in later.
 */
import { named } from '../policy/names.ts';
import type { Connection, Network, NamesPort, NetworksPort } from '../ports.ts';

export interface WantedPlaces {
  /** There are rules by name. */
  readonly names: boolean;
  /** There are rules with a condition about the network. */
  readonly network: boolean;
}

export interface SurroundingsPorts {
  readonly names: NamesPort;
  readonly networks: NetworksPort;
}

export class Surroundings {
  readonly #ports: SurroundingsPorts;
  readonly #wanted: () => WantedPlaces;

  /** `wanted`: what the rules look at now. */
  constructor(ports: SurroundingsPorts, wanted: () => WantedPlaces) {
    this.#ports = ports;
    this.#wanted = wanted;
  }

  /** The same connection with what is known around it; at once unless a rule wants to know more. Never rejects. */
  of(connection: Connection): Connection | Promise<Connection> {
    const wanted = this.#wanted();
    if (!wanted.names && !wanted.network) return this.named(connection);
    return this.#find(connection, wanted);
  }

  /** With the names that are known now. */
  named(connection: Connection): Connection {
    const { target } = connection;
    const names = target.loopback ? null : this.#ports.names.namesOf(target.address);
    return names === null ? connection : { ...connection, target: named(target, names) };
  }

  /** The same after another look, for a card that is shown already. */
  async lookAgain(connection: Connection): Promise<Connection> {
    await this.#ports.names.refresh();
    return this.named(connection);
  }

  async #find(connection: Connection, wanted: WantedPlaces): Promise<Connection> {
    const [network] = await Promise.all([
      wanted.network ? this.#networkOf(connection) : null,
      wanted.names ? this.#ports.names.refresh() : null,
    ]);
    const found = this.named(connection);
    if (network !== null) return { ...found, network };
    const { network: _old, ...without } = found;
    return without;
  }

  async #networkOf({ localAddress }: Connection): Promise<Network | null> {
    return localAddress === undefined ? null : this.#ports.networks.networkOf(localAddress);
  }
}
