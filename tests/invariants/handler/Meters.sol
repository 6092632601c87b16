// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAccessDesk} from "../../../contracts/interfaces/IAccessDesk.sol";
import {IUsageMeter} from "../../../contracts/interfaces/IUsageMeter.sol";
import {Actors} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Deals} from "./Deals.sol";

/// @title Metered use after delivery, and royalties
abstract contract Meters is Deals {
    /// @notice A holder's voucher is brought, often for more than the bond pays.
    function voucher(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isMetered);
        if (id == 0) return;
        IUsageMeter.Account memory before = METER.accountOf(id);
        uint256 latest = _latest(id, before.closedAt);
        if (latest <= before.reportedUntil) return;
        IUsageMeter.Voucher memory said = IUsageMeter.Voucher({
            licenceId: id,
            units: before.units + uint128(_throw(seed, 1, 60)),
            until: uint48(before.reportedUntil + 1 + _throw(seed, 2, latest - before.reportedUntil))
        });
        bytes32 typeHash = keccak256("Voucher(uint64 licenceId,uint128 units,uint48 until)");
        bytes32 digest = _digest("UsageMeter", address(METER), keccak256(abi.encode(typeHash, said)));
        METER.settle(said, Actors.sign(Actors.buyerKey(_deals[id].buyer), digest));
        uint256 paid = _bookPaid(id, before);
        _atMost(paid, uint256(said.units - before.units) * before.unitPrice, "paid for a voucher");
        _did("voucher");
    }

    /// @notice Silence takes the minimum.
    function takeMinimum(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isMetered);
        if (id == 0 || METER.silentPeriods(id) == 0) return;
        IUsageMeter.Account memory before = METER.accountOf(id);
        uint256 silent = METER.silentPeriods(id);
        METER.takeMinimum(id);
        _atMost(_bookPaid(id, before), silent * before.minimum, "taken for silence");
        _did("takeMinimum");
    }

    /// @notice Anybody fills the bond up.
    function fundMeter(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isMetered);
        if (id == 0 || METER.accountOf(id).closedAt != 0) return;
        uint128 amount = uint128(1 + _throw(seed, 1, 3000));
        uint256 asset = _deals[id].asset;
        address payer = _buyer(_throw(seed, 2, 3));
        uint256 value = _equip(payer, address(METER), asset, amount);
        VM.prank(payer);
        METER.fund{value: value}(id, amount);
        _meters[asset] += amount;
        _did("fundMeter");
    }

    /// @notice A holder ends its use, seldom.
    function closeMeter(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isMetered);
        if (id == 0 || _throw(seed, 1, 8) != 0) return;
        _closeMeter(id);
    }

    /// @notice A holder takes what is left.
    function takeMeterBond(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isEmptiable);
        if (id != 0) _takeMeterBond(id);
    }

    /// @notice Anybody pays a royalty for any licence, in either asset.
    function payRoyalty(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _hasLicence);
        if (id == 0) return;
        (uint256 asset, uint256 amount) = (_throw(seed, 1, ASSETS), 1 + _throw(seed, 2, 5000));
        address payer = _buyer(_throw(seed, 3, 3));
        uint256 value = _equip(payer, address(METER), asset, amount);
        VM.prank(payer);
        METER.payRoyalty{value: value}(id, _asset(asset), amount, keccak256("report"));
        _bookDeposit(_deals[id].edition, asset, amount);
        _did("payRoyalty");
    }

    // --- internal ---

    function _closeMeter(uint64 id) internal {
        if (METER.accountOf(id).closedAt != 0) return;
        VM.prank(_buyerOf(id));
        METER.close(id);
        _did("closeMeter");
    }

    function _takeMeterBond(uint64 id) internal {
        IUsageMeter.Account memory before = METER.accountOf(id);
        uint256 asset = _deals[id].asset;
        address receiver = VM.addr(Actors.ARBITER);
        uint256 had = _balance(asset, receiver);
        VM.prank(_buyerOf(id));
        METER.takeBond(id, receiver);
        uint256 taken = _balance(asset, receiver) - had;
        _equal(METER.accountOf(id).balance, 0, "an emptied account");
        _meters[asset] -= before.balance;
        if (before.balance > taken) _bookDeposit(_deals[id].edition, asset, before.balance - taken);
        _did("takeMeterBond");
    }

    function _isMetered(uint64 id) internal view returns (bool) {
        return _deals[id].metered && _deals[id].status == IAccessDesk.Status.Settled;
    }

    function _isEmptiable(uint64 id) private view returns (bool) {
        if (!_isMetered(id)) return false;
        IUsageMeter.Account memory account = METER.accountOf(id);
        return account.closedAt != 0 && !account.emptied && block.timestamp >= account.closedAt + account.period;
    }

    /// @dev The last second that a report may cover.
    function _latest(uint64 id, uint256 closedAt) private view returns (uint256 latest) {
        latest = LICENCE.licenceOf(id).expiry;
        if (latest > block.timestamp) latest = block.timestamp;
        if (closedAt != 0 && latest > closedAt) latest = closedAt;
    }

    /// @dev What left the account went to the members of its edition.
    function _bookPaid(uint64 id, IUsageMeter.Account memory before) private returns (uint256 paid) {
        paid = before.balance - METER.accountOf(id).balance;
        _meters[_deals[id].asset] -= paid;
        if (paid != 0) _bookDeposit(_deals[id].edition, _deals[id].asset, paid);
    }
}
