// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {IContributionToken} from "./interfaces/IContributionToken.sol";
import {IDataStrike} from "./interfaces/IDataStrike.sol";
import {Peers} from "./interfaces/Peers.sol";

/// @title The strike
/// @notice What it promises stands in {IDataStrike}.
contract DataStrike is IDataStrike, EIP712 {
    enum Vow {
        None,
        Pledged,
        TakenBack
    }

    bytes32 private constant PLEDGE = keccak256("Pledge(uint32 strikeId,address member)");
    uint16 private constant BASIS = 10_000;
    uint16 private constant MIN_THRESHOLD_BPS = 2_500;
    uint40 private constant MIN_PERIOD = 1 minutes;
    uint40 private constant MAX_PLEDGE_PERIOD = 30 days;
    uint40 private constant MAX_DURATION = 60 days;

    IContributionToken private immutable TOKEN;
    uint16 private immutable THRESHOLD_BPS;
    uint40 private immutable PLEDGE_PERIOD;
    uint40 private immutable DURATION;

    /// @inheritdoc IDataStrike
    uint32 public strikeCount;
    /// @inheritdoc IDataStrike
    uint48 public onUntil;
    mapping(uint32 strikeId => Strike) private _strikes;
    mapping(uint32 strikeId => mapping(address member => Vow)) private _vows;

    constructor(Peers memory peers, Settings memory settings_) EIP712("DataStrike", "1") {
        (uint16 bps, uint40 pledging, uint40 duration) =
            (settings_.thresholdBps, settings_.pledgePeriod, settings_.duration);
        bool bounded = bps >= MIN_THRESHOLD_BPS && bps <= BASIS && pledging >= MIN_PERIOD
            && pledging <= MAX_PLEDGE_PERIOD && duration >= MIN_PERIOD && duration <= MAX_DURATION;
        require(bounded, SettingsOutOfBounds(bps, pledging, duration));
        TOKEN = IContributionToken(peers.token);
        (THRESHOLD_BPS, PLEDGE_PERIOD, DURATION) = (bps, pledging, duration);
    }

    // --- members ---

    /// @inheritdoc IDataStrike
    function call(string calldata reason) external returns (uint32 strikeId) {
        require(!_isPledging(strikeCount), StrikeUnderWay(strikeCount));
        uint256 earliest = onUntil == 0 ? 0 : uint256(onUntil) + DURATION;
        require(block.timestamp >= earliest, StrikeTooSoon(earliest));

        strikeId = ++strikeCount;
        Strike storage strike = _strikes[strikeId];
        uint48 timepoint = Time.timestamp() - 1;
        (strike.timepoint, strike.deadline) = (timepoint, Time.timestamp() + PLEDGE_PERIOD);
        uint256 supply = TOKEN.pastSupply(timepoint);
        strike.needed = uint56(Math.mulDiv(supply, THRESHOLD_BPS, BASIS, Math.Rounding.Ceil));
        emit StrikeCalled(strikeId, msg.sender, timepoint, strike.deadline, strike.needed, reason);
        _pledge(strikeId, msg.sender);
    }

    /// @inheritdoc IDataStrike
    function pledge() external {
        _pledge(strikeCount, msg.sender);
    }

    /// @inheritdoc IDataStrike
    function pledgeFor(address member, bytes calldata signature) external {
        uint32 strikeId = strikeCount;
        bool takenBack = _vows[strikeId][member] == Vow.TakenBack;
        require(!takenBack, PledgeTakenBack(strikeId, member));
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(PLEDGE, strikeId, member)));
        bool signed = SignatureChecker.isValidSignatureNowCalldata(member, digest, signature);
        require(signed, PledgeSignatureInvalid(member));
        _pledge(strikeId, member);
    }

    /// @inheritdoc IDataStrike
    function unpledge() external {
        uint32 strikeId = strikeCount;
        require(_isPledging(strikeId), NotPledging(strikeId));
        require(_vows[strikeId][msg.sender] == Vow.Pledged, NotPledged(strikeId, msg.sender));
        Strike storage strike = _strikes[strikeId];
        uint56 units = _unitsAt(msg.sender, strike.timepoint);
        _vows[strikeId][msg.sender] = Vow.TakenBack;
        strike.pledged -= units;
        emit PledgeWithdrawn(strikeId, msg.sender, units);
    }

    // --- views ---

    /// @inheritdoc IDataStrike
    function isOn() external view returns (bool) {
        return block.timestamp < onUntil;
    }

    /// @inheritdoc IDataStrike
    function strikeOf(uint32 strikeId) external view returns (Strike memory) {
        return _strikes[strikeId];
    }

    /// @inheritdoc IDataStrike
    function hasPledged(uint32 strikeId, address member) external view returns (bool) {
        return _vows[strikeId][member] == Vow.Pledged;
    }

    /// @inheritdoc IDataStrike
    function settings() external view returns (Settings memory) {
        return Settings(THRESHOLD_BPS, PLEDGE_PERIOD, DURATION);
    }

    // --- internal ---

    function _pledge(uint32 strikeId, address member) private {
        require(_isPledging(strikeId), NotPledging(strikeId));
        require(_vows[strikeId][member] != Vow.Pledged, AlreadyPledged(strikeId, member));
        Strike storage strike = _strikes[strikeId];
        uint56 units = _unitsAt(member, strike.timepoint);
        require(units != 0, NoUnitsAtTimepoint(member, strike.timepoint));
        _vows[strikeId][member] = Vow.Pledged;
        strike.pledged += units;
        emit Pledged(strikeId, member, units);
        if (strike.pledged >= strike.needed) _begin(strikeId, strike);
    }

    function _begin(uint32 strikeId, Strike storage strike) private {
        strike.begunAt = Time.timestamp();
        onUntil = Time.timestamp() + DURATION;
        emit StrikeBegun(strikeId, onUntil);
    }

    function _unitsAt(address member, uint48 timepoint) private view returns (uint56) {
        return uint56(TOKEN.pastBalance(member, timepoint));
    }

    function _isPledging(uint32 strikeId) private view returns (bool) {
        Strike storage strike = _strikes[strikeId];
        return block.timestamp <= strike.deadline && strike.begunAt == 0;
    }
}
