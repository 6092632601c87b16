// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IKeeperRegistry} from "./interfaces/IKeeperRegistry.sol";
import {ILicence} from "./interfaces/ILicence.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";
import {X25519} from "./libraries/X25519.sol";

/// @title Licences: what a buyer may do with which edition
/// @notice What it promises stands in {ILicence}.
contract Licence is ILicence {
    struct Announcement {
        bytes32 releaseKey;
        uint48 earliest;
    }

    /// @inheritdoc ILicence
    uint48 public constant ISSUER_DELAY = 30 days;
    /// @inheritdoc ILicence
    uint48 public constant KEY_DELAY = 10 minutes;

    address private immutable TIMELOCK;
    address private immutable DESK;
    address private immutable METER;
    IKeeperRegistry private immutable KEEPERS;

    /// @inheritdoc ILicence
    address public issuer;
    address private _nominee;
    uint48 private _takeableFrom;
    mapping(uint64 licenceId => Grant) private _grants;
    mapping(uint64 licenceId => Announcement) private _announcements;
    /// Who issued it, where that was not the desk.
    mapping(uint64 licenceId => address) private _issuers;

    modifier only(address expected) {
        require(msg.sender == expected, UnexpectedCaller(msg.sender, expected));
        _;
    }

    constructor(Peers memory peers) {
        TIMELOCK = peers.timelock;
        DESK = peers.desk;
        METER = peers.meter;
        KEEPERS = IKeeperRegistry(peers.keepers);
        issuer = peers.desk;
    }

    // --- the issuer ---

    /// @inheritdoc ILicence
    function issue(uint64 licenceId, Grant calldata grant, bytes32 termsHash, bytes32 releaseKey, uint48 deliverBy)
        external
        only(issuer)
    {
        require(_grants[licenceId].status == Status.None, LicenceExists(licenceId));
        require(grant.status == Status.Active, LicenceNotActive(licenceId, grant.status));
        _grants[licenceId] = grant;
        if (msg.sender != DESK) _issuers[licenceId] = msg.sender;
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
        KEEPERS.open(licenceId, grant.editionId, keccak256(abi.encode(releaseKey)), deliverBy);
    }

    /// @inheritdoc ILicence
    /// @dev The desk keeps this right when another issues: requests that it granted may still have to be refunded. The
    /// other does not get it over them, or a vote could end by it what was paid for and is being handed over.
    function annul(uint64 licenceId) external {
        address other = _issuers[licenceId];
        address expected = other == address(0) ? DESK : other;
        require(msg.sender == expected, UnexpectedCaller(msg.sender, expected));
        Grant storage grant = _known(licenceId);
        if (grant.status == Status.Revoked) return;
        _revoke(licenceId, grant);
    }

    /// @inheritdoc ILicence
    function takeIssuer() external {
        (address nominee, uint48 earliest) = (_nominee, _takeableFrom);
        require(msg.sender == nominee, IssuerNotNominated(msg.sender, nominee));
        require(block.timestamp >= earliest, IssuerTooEarly(earliest, block.timestamp));
        (issuer, _nominee) = (nominee, address(0));
        emit IssuerChanged(nominee);
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

    /// @inheritdoc ILicence
    function nominateIssuer(address nominee) external only(TIMELOCK) {
        uint48 earliest = uint48(block.timestamp) + ISSUER_DELAY;
        (_nominee, _takeableFrom) = (nominee, earliest);
        emit IssuerNominated(nominee, earliest);
    }

    // --- the meter ---

    /// @inheritdoc ILicence
    function lapse(uint64 licenceId) external only(METER) {
        _known(licenceId).lapsed = true;
        emit LicenceLapsed(licenceId);
    }

    /// @inheritdoc ILicence
    function restore(uint64 licenceId) external only(METER) {
        _known(licenceId).lapsed = false;
        emit LicenceRestored(licenceId);
    }

    // --- the holder ---

    /// @inheritdoc ILicence
    function announceReleaseKey(uint64 licenceId, bytes32 releaseKey) external {
        address holder = _known(licenceId).holder;
        require(msg.sender == holder, NotHolder(msg.sender, holder));
        require(isInForce(licenceId), LicenceNotInForce(licenceId));
        require(releaseKey == 0 || !X25519.isLowOrder(releaseKey), ReleaseKeyUnsafe(releaseKey));
        uint48 earliest = uint48(block.timestamp) + KEY_DELAY;
        _announcements[licenceId] = Announcement(releaseKey, earliest);
        emit ReleaseKeyAnnounced(licenceId, releaseKey, earliest);
    }

    /// @inheritdoc ILicence
    function applyReleaseKey(uint64 licenceId) external {
        Announcement memory announced = _announcements[licenceId];
        require(announced.releaseKey != 0, NoKeyAnnounced(licenceId));
        require(isInForce(licenceId), LicenceNotInForce(licenceId));
        bool due = block.timestamp >= announced.earliest;
        require(due, KeyTooEarly(licenceId, announced.earliest, block.timestamp));
        delete _announcements[licenceId];
        emit ReleaseKeyRotated(licenceId, announced.releaseKey);
        KEEPERS.rekey(licenceId, keccak256(abi.encode(announced.releaseKey)));
    }

    // --- views ---

    /// @inheritdoc ILicence
    function licenceOf(uint64 licenceId) external view returns (Grant memory) {
        return _known(licenceId);
    }

    /// @inheritdoc ILicence
    function isInForce(uint64 licenceId) public view returns (bool) {
        Grant storage grant = _grants[licenceId];
        return grant.status == Status.Active && !grant.lapsed && block.timestamp <= grant.expiry;
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
