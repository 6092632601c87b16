// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TimelockController} from "../../../contracts/TimelockController.sol";
import {IAccessDesk} from "../../../contracts/interfaces/IAccessDesk.sol";
import {IContributionToken} from "../../../contracts/interfaces/IContributionToken.sol";
import {ICouncil} from "../../../contracts/interfaces/ICouncil.sol";
import {IDataGovernor} from "../../../contracts/interfaces/IDataGovernor.sol";
import {IDataRegistry} from "../../../contracts/interfaces/IDataRegistry.sol";
import {IDataStrike} from "../../../contracts/interfaces/IDataStrike.sol";
import {IDisputeDesk} from "../../../contracts/interfaces/IDisputeDesk.sol";
import {IKeeperRegistry} from "../../../contracts/interfaces/IKeeperRegistry.sol";
import {ILicence} from "../../../contracts/interfaces/ILicence.sol";
import {IOfferDesk} from "../../../contracts/interfaces/IOfferDesk.sol";
import {IRevenueVault} from "../../../contracts/interfaces/IRevenueVault.sol";
import {IUsageMeter} from "../../../contracts/interfaces/IUsageMeter.sol";
import {NATIVE, Peers} from "../../../contracts/interfaces/Peers.sol";
import {MockToken} from "../../../contracts/mocks/MockToken.sol";
import {Actors, MEMBERS} from "../Actors.sol";
import {Stand} from "../Stand.sol";
import {VM} from "../Vm.sol";

/// @title What all actions share: the contracts, the people, dice, and how an invariant fails
abstract contract Base {
    uint256 internal constant COLLECTIONS = 2;
    uint256 internal constant ASSETS = 2;

    Peers internal _peers;
    MockToken internal immutable DOLLAR;
    TimelockController internal immutable TIMELOCK;
    IContributionToken internal immutable TOKEN;
    IDataRegistry internal immutable REGISTRY;
    IDataGovernor internal immutable GOVERNOR;
    IAccessDesk internal immutable DESK;
    ILicence internal immutable LICENCE;
    IRevenueVault internal immutable VAULT;
    IKeeperRegistry internal immutable KEEPER_BOOK;
    IOfferDesk internal immutable OFFERS;
    IDisputeDesk internal immutable DISPUTES;
    IUsageMeter internal immutable METER;
    IDataStrike internal immutable STRIKE;
    ICouncil internal immutable COUNCIL;

    uint256[MEMBERS] internal _memberKeys;
    address[MEMBERS] internal _members;

    string[] private _deeds;
    mapping(string deed => uint256) private _timesDone;

    /// @notice Something that must hold always does not.
    error Broken(string what, uint256 found, uint256 expected);

    constructor(Stand stand) {
        Peers memory peers = stand.peersOf();
        _peers = peers;
        DOLLAR = stand.DOLLAR();
        TIMELOCK = TimelockController(payable(peers.timelock));
        TOKEN = IContributionToken(peers.token);
        REGISTRY = IDataRegistry(peers.registry);
        GOVERNOR = IDataGovernor(peers.governor);
        DESK = IAccessDesk(peers.desk);
        LICENCE = ILicence(peers.licence);
        VAULT = IRevenueVault(peers.vault);
        KEEPER_BOOK = IKeeperRegistry(peers.keepers);
        OFFERS = IOfferDesk(peers.offers);
        DISPUTES = IDisputeDesk(peers.disputes);
        METER = IUsageMeter(peers.meter);
        STRIKE = IDataStrike(peers.strike);
        COUNCIL = ICouncil(peers.council);
        _memberKeys = Actors.memberKeys();
        for (uint256 i = 0; i < MEMBERS; ++i) {
            _members[i] = VM.addr(_memberKeys[i]);
        }
    }

    /// @notice What has happened so far, and how often.
    function deeds() external view returns (string[] memory names, uint256[] memory times) {
        names = _deeds;
        times = new uint256[](names.length);
        for (uint256 i = 0; i < names.length; ++i) {
            times[i] = _timesDone[names[i]];
        }
    }

    // --- telling ---

    /// @dev Counts a success. The runner reads these names in the sources and wants each to have happened.
    function _did(string memory deed) internal {
        if (_timesDone[deed]++ == 0) _deeds.push(deed);
    }

    function _equal(uint256 found, uint256 expected, string memory what) internal pure {
        if (found != expected) revert Broken(what, found, expected);
    }

    function _atMost(uint256 found, uint256 maximum, string memory what) internal pure {
        if (found > maximum) revert Broken(what, found, maximum);
    }

    function _same(bool found, bool expected, string memory what) internal pure {
        if (found != expected) revert Broken(what, found ? 1 : 0, expected ? 1 : 0);
    }

    // --- dice ---

    /// @dev The `i`th number from 0 to `sides` − 1 that `seed` throws.
    function _throw(uint256 seed, uint256 i, uint256 sides) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, i))) % sides;
    }

    /// @dev The first number from 1 to `count`, counted from one that `seed` chooses, that fits; zero if none does.
    function _find(uint256 seed, uint256 count, function(uint64) view returns (bool) fits)
        internal
        view
        returns (uint64)
    {
        for (uint256 i = 0; i < count; ++i) {
            uint64 id = uint64(addmod(seed, i, count)) + 1;
            if (fits(id)) return id;
        }
        return 0;
    }

    // --- signing ---

    function _digest(string memory name, address verifier, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domainType =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 domain =
            keccak256(abi.encode(domainType, keccak256(bytes(name)), keccak256("1"), block.chainid, verifier));
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }

    // --- money ---

    function _asset(uint256 which) internal view returns (address) {
        return which == 0 ? NATIVE : address(DOLLAR);
    }

    function _balance(uint256 which, address account) internal view returns (uint256) {
        return which == 0 ? account.balance : DOLLAR.balanceOf(account);
    }

    /// @dev Gives `payer` what it is about to pay, as coin to send along and as tokens that `taker` may take.
    function _equip(address payer, address taker, uint256 which, uint256 amount) internal returns (uint256 value) {
        if (which == 0) {
            VM.deal(payer, payer.balance + amount);
            return amount;
        }
        DOLLAR.mint(payer, amount);
        VM.prank(payer);
        DOLLAR.approve(taker, amount);
    }

    function _isPaused() internal view returns (bool) {
        return block.timestamp < COUNCIL.lastPause().until;
    }
}
