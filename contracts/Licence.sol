// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IKeeperRegistry} from "./interfaces/IKeeperRegistry.sol";
import {ILicence} from "./interfaces/ILicence.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";

/// @title Licences: what a buyer may do with which edition
/// @notice What it promises stands in {ILicence}.
contract Licence is ILicence {
    address private immutable TIMELOCK;
    address private immutable DESK;
    IKeeperRegistry private immutable KEEPERS;

    mapping(uint64 licenceId => Grant) private _grants;

    modifier only(address expected) {
        require(msg.sender == expected, UnexpectedCaller(msg.sender, expected));
        _;
    }

    constructor(Peers memory peers) {
        TIMELOCK = peers.timelock;
        DESK = peers.desk;
        KEEPERS = IKeeperRegistry(peers.keepers);
    }

    // --- the desk ---

    /// @inheritdoc ILicence
    function issue(uint64 licenceId, Grant calldata grant, bytes32 termsHash, bytes32 releaseKey) external only(DESK) {
        require(_grants[licenceId].status == Status.None, LicenceExists(licenceId));
        require(grant.status == Status.Active, LicenceNotActive(licenceId, grant.status));
        _grants[licenceId] = grant;
        emit LicenceIssued(
            licenceId,
            grant.holder,
            grant.editionId,
            grant.collection,
            grant.purposes,
            grant.expiry,
            grant.royaltyBps,
            termsHash,
            releaseKey
        );
    }

    /// @inheritdoc ILicence
    function annul(uint64 licenceId) external only(DESK) {
        Grant storage grant = _known(licenceId);
        if (grant.status == Status.Revoked) return;
        _revoke(licenceId, grant);
    }

    // --- the DAO ---

    /// @inheritdoc ILicence
    function suspend(uint64 licenceId) external only(TIMELOCK) {
        Grant storage grant = _known(licenceId);
        require(grant.status == Status.Active, LicenceNotActive(licenceId, grant.status));
        grant.status = Status.Suspended;
        emit LicenceSuspended(licenceId);
        KEEPERS.halt(licenceId);
    }

    /// @inheritdoc ILicence
    function reinstate(uint64 licenceId) external only(TIMELOCK) {
        Grant storage grant = _known(licenceId);
        require(grant.status == Status.Suspended, LicenceNotSuspended(licenceId, grant.status));
        grant.status = Status.Active;
        emit LicenceReinstated(licenceId);
        KEEPERS.resume(licenceId);
    }

    /// @inheritdoc ILicence
    function revoke(uint64 licenceId) external only(TIMELOCK) {
        Grant storage grant = _known(licenceId);
        require(grant.status != Status.Revoked, LicenceAlreadyRevoked(licenceId));
        _revoke(licenceId, grant);
        KEEPERS.halt(licenceId);
    }

    // --- views ---

    /// @inheritdoc ILicence
    function licenceOf(uint64 licenceId) external view returns (Grant memory) {
        return _known(licenceId);
    }

    /// @inheritdoc ILicence
    function isInForce(uint64 licenceId) external view returns (bool) {
        Grant storage grant = _grants[licenceId];
        return grant.status == Status.Active && block.timestamp <= grant.expiry;
    }

    // --- internal ---

    function _revoke(uint64 licenceId, Grant storage grant) private {
        grant.status = Status.Revoked;
        emit LicenceRevoked(licenceId);
    }

    function _known(uint64 licenceId) private view returns (Grant storage grant) {
        grant = _grants[licenceId];
        require(grant.status != Status.None, LicenceUnknown(licenceId));
    }
}
