// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Actors, KEEPERS, MEMBERS} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Deals} from "./Deals.sol";

/// @title An account that takes no coin
contract Refuser {
    error NotHere();

    receive() external payable {
        revert NotHere();
    }
}

/// @title Revenue: deposits, claims, what is parked, and the cuts
abstract contract Vaults is Deals {
    address private immutable REFUSER = address(new Refuser());

    /// @notice Anybody pays for any edition that has units.
    function deposit(uint256 seed) external {
        if (_editions.length == 1) return;
        uint40 edition = uint40(1 + seed % (_editions.length - 1));
        if (REGISTRY.editionOf(edition).totalUnits == 0) return;
        (uint256 asset, uint256 amount) = (_throw(seed, 1, ASSETS), 1 + _throw(seed, 2, 50_000));
        uint256 value = _equip(address(this), address(VAULT), asset, amount);
        VAULT.deposit{value: value}(edition, _asset(asset), amount, keccak256("gift"));
        _bookDeposit(edition, asset, amount);
        _did("deposit");
    }

    /// @notice A member claims; that fails exactly where nothing is due, or its payee takes nothing.
    function claim(uint256 seed) external {
        (uint40 edition, uint256 asset) = _earning(seed);
        if (edition == 0) return;
        address member = _members[_throw(seed, 1, MEMBERS)];
        uint256 due = VAULT.dueOf(edition, _asset(asset), member);
        bool expected = due != 0 && _takes(VAULT.payeeOf(member), asset);
        bool done = true;
        VM.prank(member);
        try VAULT.claim(edition, _asset(asset)) returns (uint256 amount) {
            _equal(amount, due, "a claim");
        } catch {
            done = false;
        }
        _same(done, expected, "a claim's success");
        if (!done) return;
        _bookClaim(edition, asset, due);
        _did("claim");
    }

    /// @notice Somebody claims for several members; what a payee does not take is parked.
    function claimMany(uint256 seed) external {
        (uint40 edition, uint256 asset) = _earning(seed);
        if (edition != 0) _claimMany(edition, asset, 1 + _throw(seed, 2, MEMBERS));
    }

    /// @notice A member chooses a payee, sometimes one that takes nothing.
    function setPayee(uint256 seed) external {
        uint256 which = _throw(seed, 1, 4);
        address payee = which == 0 ? REFUSER : which == 1 ? _members[_throw(seed, 2, MEMBERS)] : address(0);
        VM.prank(_members[seed % MEMBERS]);
        VAULT.setPayee(payee);
        _did("setPayee");
    }

    /// @notice The token's issuer blocks a member, or lets it go.
    function blockMember(uint256 seed) external {
        address member = _members[seed % MEMBERS];
        DOLLAR.setBlocked(member, _throw(seed, 1, 3) == 0);
        _did("blockMember");
    }

    /// @notice A member collects what was parked for it.
    function collect(uint256 seed) external {
        _collect(seed % MEMBERS, _throw(seed, 1, ASSETS));
    }

    /// @notice The reserve goes to the timelock.
    function sweepReserve(uint256 seed) external {
        _sweepReserve(seed % ASSETS);
    }

    /// @notice A keeper gets its part of the cut.
    function payKeeper(uint256 seed) external {
        _payKeeper(uint32(1 + _throw(seed, 2, _epoch)), uint8(1 + seed % KEEPERS), _throw(seed, 1, ASSETS));
    }

    // --- internal ---

    function _claimMany(uint40 edition, uint256 asset, uint256 count) internal {
        address[] memory members = new address[](count);
        uint256 due;
        uint256 parked;
        for (uint256 i = 0; i < count; ++i) {
            members[i] = _members[i];
            uint256 amount = VAULT.dueOf(edition, _asset(asset), members[i]);
            due += amount;
            if (!_takes(VAULT.payeeOf(members[i]), asset)) parked += amount;
        }
        uint256 had = _parked(asset);
        _equal(VAULT.claimMany(edition, _asset(asset), members), due, "claims of a batch");
        _equal(_parked(asset), had + parked, "what a batch parks");
        _bookClaim(edition, asset, due);
        if (due != 0) _did(parked == 0 ? "claimMany" : "park");
    }

    function _collect(uint256 member, uint256 asset) internal {
        uint256 parked = VAULT.parkedOf(_members[member], _asset(asset));
        if (parked == 0) return;
        address to = VM.addr(Actors.ARBITER);
        uint256 had = _balance(asset, to);
        VM.prank(_members[member]);
        VAULT.collect(_asset(asset), to);
        _equal(_balance(asset, to), had + parked, "a collection");
        _did("collect");
    }

    function _sweepReserve(uint256 asset) internal {
        if (_reserve[asset] == 0) return;
        _equal(VAULT.sweepReserve(_asset(asset)), _reserve[asset], "the reserve");
        _reserve[asset] = 0;
        _did("sweepReserve");
    }

    function _payKeeper(uint32 epoch, uint8 index, uint256 asset) internal {
        if (VAULT.keeperDue(epoch, index, _asset(asset)) == 0) return;
        address operator = VM.addr(_keyOf(epoch, index));
        uint256 had = _balance(asset, operator);
        uint256 paid = VAULT.payKeeper(epoch, index, _asset(asset));
        _equal(_balance(asset, operator), had + paid, "a keeper's pay");
        _keepersCut[asset] -= paid;
        _did("payKeeper");
    }

    function _parked(uint256 asset) internal view returns (uint256 parked) {
        for (uint256 i = 0; i < MEMBERS; ++i) {
            parked += VAULT.parkedOf(_members[i], _asset(asset));
        }
    }

    /// @dev An edition that got money, and in which asset; zero where the thrown one got none.
    function _earning(uint256 seed) private view returns (uint40 edition, uint256 asset) {
        asset = _throw(seed, 3, ASSETS);
        uint256 count = _editions.length - 1;
        for (uint256 i = 0; i < count; ++i) {
            edition = uint40(1 + addmod(seed, i, count));
            if (_received[edition][asset] > _claimed[edition][asset]) return (edition, asset);
        }
        return (0, asset);
    }

    function _takes(address payee, uint256 asset) private view returns (bool) {
        return asset == 0 ? payee != REFUSER : !DOLLAR.isBlocked(payee);
    }
}
